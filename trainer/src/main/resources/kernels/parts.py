
  # A batch in equal parts, laid end to end in the rows, each with parameters of its own over shared
  # ones. What a part has for itself comes with the parts as one dimension more, the first: L [parts,
  # in, rank], R [parts, rank, out], a vector [parts, width], a table [parts, rows, width].

  # The parts that L, R or b are given for, 0 where all parts share them.
  def parts_of(self: __torch__.M, left: Tensor, right: Tensor, bias: Tensor) -> int:
    parts = 0
    if torch.gt(torch.dim(bias), 1):
      parts = torch.size(bias, 0)
    if torch.gt(torch.dim(left), 2):
      parts = torch.size(left, 0)
    if torch.gt(torch.dim(right), 2):
      parts = torch.size(right, 0)
    return parts

  # The rows of x as [parts, rows / parts, width].
  def in_parts(self: __torch__.M, x: Tensor, parts: int) -> Tensor:
    return torch.reshape(x, [parts, -1, torch.size(x, -1)])

  # y = x W + s (x L) R + b for the rows of x [rows, in], with one product x W for all parts. What the
  # parts differ by is added in float32, so that it is rounded once, with y; in place, for y is wide.
  def linear_in_parts(self: __torch__.M, x: Tensor, w: Tensor, left: Tensor, right: Tensor, bias: Tensor, s: float) -> Tensor:
    parts = self.parts_of(left, right, bias)
    y = torch.to(self.in_parts(torch.mm(x, w), parts), 6, False, False)
    if torch.gt(torch.size(left, -1), 0):
      h = torch.matmul(self.in_parts(torch.to(x, 6, False, False), parts), left)
      y = torch.baddbmm_(y, h, torch.expand(right, [parts, -1, -1]), beta=1.0, alpha=s)
    if torch.gt(torch.numel(bias), 0):
      y = torch.add_(y, self.for_rows(bias))
    return torch.to(torch.reshape(y, [torch.size(x, 0), -1]), ops.prim.dtype(x), False, False)

  # A vector [width] or [parts, width] as it is applied to [parts, rows, width].
  def for_rows(self: __torch__.M, v: Tensor) -> Tensor:
    if torch.gt(torch.dim(v), 1):
      v = torch.unsqueeze(v, 1)
    return v

  # RMS norm of the rows of x [rows, width]; weight [width] or [parts, width].
  def rms(self: __torch__.M, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    width = [torch.size(x, 1)]
    if torch.eq(torch.dim(weight), 1):
      return torch.rms_norm(x, width, weight, eps)
    y = self.in_parts(torch.rms_norm(x, width, None, eps), torch.size(weight, 0))
    return torch.reshape(torch.mul(y, torch.unsqueeze(weight, 1)), [torch.size(x, 0), -1])

  # Layer norm of the rows of x [rows, width]; weight and bias [width] or [parts, width].
  def normed(self: __torch__.M, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    width = [torch.size(x, 1)]
    if torch.eq(torch.add(torch.dim(weight), torch.dim(bias)), 2):
      return torch.layer_norm(x, width, weight, bias, eps)
    parts = torch.size(bias, 0)
    if torch.gt(torch.dim(weight), 1):
      parts = torch.size(weight, 0)
    y = self.in_parts(torch.layer_norm(x, width, None, None, eps), parts)
    y = torch.add(torch.mul(y, self.for_rows(weight)), self.for_rows(bias))
    return torch.reshape(y, [torch.size(x, 0), -1])

  # The rows of a table, [rows, width] or [parts, rows, width], for ids [batch, length].
  def looked_up(self: __torch__.M, table: Tensor, ids: Tensor) -> Tensor:
    if torch.eq(torch.dim(table), 2):
      return torch.embedding(table, ids)
    parts = torch.size(table, 0)
    first = torch.mul(torch.arange(parts, dtype=4, device=ops.prim.device(ids)), torch.size(table, 1))
    of_part = torch.add(torch.reshape(ids, [parts, -1]), torch.unsqueeze(first, 1))
    rows = torch.embedding(torch.flatten(table, 0, 1), torch.reshape(of_part, [-1]))
    return torch.reshape(rows, [torch.size(ids, 0), torch.size(ids, 1), -1])

  # x [batch, length, width] plus a table's first rows, [length, width] or [parts, length, width].
  def with_rows(self: __torch__.M, x: Tensor, rows: Tensor) -> Tensor:
    if torch.eq(torch.dim(rows), 2):
      return torch.add(x, rows)
    y = torch.reshape(x, [torch.size(rows, 0), -1, torch.size(x, 1), torch.size(x, 2)])
    return torch.flatten(torch.add(y, torch.unsqueeze(rows, 1)), 0, 1)

  # Tensors with their rows as many times over as there are parts.
  def repeated(self: __torch__.M, x: List[Tensor], n: Tensor) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    for i in range(torch.len(x)):
      copies = annotate(List[Tensor], [])
      for part in range(int(torch.item(n[0]))):
        torch.append(copies, x[i])
      torch.append(result, torch.cat(copies))
    return result

  # The layout of a batch (see bert_attention) as many times over as there are parts. n = [parts].
  def repeated_layout(self: __torch__.M, layout: List[Tensor], n: Tensor) -> List[Tensor]:
    masks = annotate(List[Tensor], [])
    places = annotate(List[Tensor], [])
    firsts = annotate(List[Tensor], [])
    for part in range(int(torch.item(n[0]))):
      torch.append(masks, layout[0])
      torch.append(places, torch.add(layout[1], torch.mul(part, torch.numel(layout[0]))))
      torch.append(firsts, torch.add(layout[2], torch.mul(part, torch.numel(layout[1]))))
    return [torch.cat(masks), torch.cat(places), torch.cat(firsts)]

  # What one part sees of parameters, those with parts where parted[i] is 1.
  def of_part(self: __torch__.M, p: List[Tensor], parted: Tensor, part: int) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      t = p[i]
      if bool(torch.gt(parted[i], 0)):
        t = torch.select(t, 0, part)
      torch.append(result, t)
    return result
