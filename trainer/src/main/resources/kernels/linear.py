
  # A weight of any form as a dense matrix of a type (6 float32, 15 bfloat16). A weight is dense
  # [in, out], or NF4 as uint8 [in, out / 2] with absmax and maxima (see nf4), which are not looked at
  # where the weight is dense.
  def dense(self: __torch__.M, w: Tensor, absmax: Tensor, maxima: Tensor, dtype: int) -> Tensor:
    if torch.eq(ops.prim.dtype(w), 0):
      w = self.nf4(w, absmax, maxima, dtype)
    return torch.to(w, dtype, False, False)

  # W + s L R, in a type: the weight with its overlay, L [in, rank], R [rank, out]; rank 0 is none.
  # For batches of many tokens this is cheaper than x L R, forward and back.
  def merged(self: __torch__.M, w: Tensor, absmax: Tensor, maxima: Tensor, left: Tensor, right: Tensor, s: float, dtype: int) -> Tensor:
    if torch.eq(torch.size(left, 1), 0):
      return self.dense(w, absmax, maxima, dtype)
    full = torch.addmm(self.dense(w, absmax, maxima, 6), left, right, beta=1.0, alpha=s)
    return torch.to(full, dtype, False, False)

  # y = x (W + s L R) + b for the rows of x [rows, in], computed in the type of x. Layer j of a block
  # has W, absmax, maxima (see dense) and b, [out] or [0], at p[4 j ...], L, R at o[2 j ...] and s at s[j]. Where
  # traced[2 j] or traced[2 j + 1] is 1, x and y are noted in taps: from x and the gradient of y come
  # the gradients of L and R, without that of the dense weight (see overlay_gradients). For R alone, x L
  # is noted, which lets x go. Where the parts of the batch have their own L, R or b (see parts.py), W is shared and nothing is noted.
  def linear(self: __torch__.M, x: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, j: int, traced: Tensor, taps: List[Tensor]) -> Tensor:
    at = torch.mul(j, 4)
    left = o[torch.mul(j, 2)]
    right = o[torch.add(torch.mul(j, 2), 1)]
    absmax = p[torch.add(at, 1)]
    maxima = p[torch.add(at, 2)]
    bias = p[torch.add(at, 3)]
    scale = float(torch.item(s[j]))
    if torch.gt(self.parts_of(left, right, bias), 0):
      return self.linear_in_parts(x, self.dense(p[at], absmax, maxima, ops.prim.dtype(x)), left, right, bias, scale)
    w = self.merged(p[at], absmax, maxima, left, right, scale, ops.prim.dtype(x))
    if torch.gt(torch.size(bias, 0), 0):
      y = torch.addmm(torch.to(bias, ops.prim.dtype(x), False, False), x, w)
    else:
      y = torch.mm(x, w)
    if bool(torch.gt(torch.add(traced[torch.mul(j, 2)], traced[torch.add(torch.mul(j, 2), 1)]), 0)):
      y = torch.requires_grad_(y, True)
      noted = torch.detach(x)
      if torch.__not__(bool(torch.gt(traced[torch.mul(j, 2)], 0))):
        noted = torch.mm(noted, torch.to(left, ops.prim.dtype(x), False, False))
      torch.append(taps, noted)
      torch.append(taps, y)
    return y

  # The rows of a layer's result, those of a sequence one after the other, as [batch, heads, length,
  # size].
  def as_heads(self: __torch__.M, y: Tensor, batch: int, size: int) -> Tensor:
    heads = torch.floordiv(torch.size(y, 1), size)
    return torch.transpose(torch.reshape(y, [batch, -1, heads, size]), 1, 2)

  # Gradients of the factors that traced has 1 for, float32: dL = s x' (dy R'), dR = s (x L)' dy; x
  # and dy are those of the layers with a traced factor, in order, x being x L where R alone is traced.
  def overlay_gradients(self: __torch__.M, x: List[Tensor], dy: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    next = 0
    for j in range(torch.floordiv(torch.len(o), 2)):
      of_left = bool(torch.gt(traced[torch.mul(j, 2)], 0))
      of_right = bool(torch.gt(traced[torch.add(torch.mul(j, 2), 1)], 0))
      if of_left:
        right = torch.to(o[torch.add(torch.mul(j, 2), 1)], ops.prim.dtype(dy[next]), False, False)
        g = torch.mm(torch.t(x[next]), torch.mm(dy[next], torch.t(right)))
        torch.append(result, torch.mul(torch.to(g, 6, False, False), float(torch.item(s[j]))))
      if of_right:
        h = x[next]
        if of_left:
          h = torch.mm(h, torch.to(o[torch.mul(j, 2)], ops.prim.dtype(h), False, False))
        g = torch.mm(torch.t(h), dy[next])
        torch.append(result, torch.mul(torch.to(g, 6, False, False), float(torch.item(s[j]))))
      if torch.__or__(of_left, of_right):
        next = torch.add(next, 1)
    return result

  # A copy of a matrix, and of its transpose, with the strides of a new matrix of that shape. (The
  # strides of a copy made otherwise may differ where a side is 1; the engine then picks other
  # routines, and the last bits change between a run and its resumption.)
  def copied(self: __torch__.M, x: Tensor) -> Tensor:
    return torch.clone(x, memory_format=0)

  def transposed(self: __torch__.M, x: Tensor) -> Tensor:
    return torch.clone(torch.t(x), memory_format=0)

  # The weight as bfloat16, rounded to nearest even; and any form of a weight as float32.
  def narrowed(self: __torch__.M, w: Tensor) -> Tensor:
    return torch.to(w, 15, False, True)

  def widened(self: __torch__.M, w: Tensor, absmax: Tensor, maxima: Tensor) -> Tensor:
    return torch.to(self.dense(w, absmax, maxima, 6), 6, False, True)

  # Mean of |W g| entry by entry, in float64: p = [W, absmax, maxima, ...] of a layer (see dense), g [in,
  # out] the gradient of W.
  def importance(self: __torch__.M, p: List[Tensor], g: Tensor) -> Tensor:
    product = torch.mul(self.dense(p[0], p[1], p[2], 6), g)
    return torch.mean(torch.to(torch.abs_(product), 7, False, False))

  # A matrix product, in the type of its factors; and a first element as float32, which waits for
  # the device.
  def product(self: __torch__.M, x: Tensor, y: Tensor) -> Tensor:
    return torch.mm(x, y)

  def first(self: __torch__.M, x: Tensor) -> Tensor:
    return torch.to(torch.select(torch.reshape(x, [-1]), 0, 0), 6, False, False)
