
  # inputs = [ids [batch, length] int64, ...]; p = [table [vocabulary, hidden]].
  def llama_embed(self: __torch__.M, inputs: List[Tensor], p: List[Tensor], n: Tensor) -> Tensor:
    return self.looked_up(p[0], inputs[0])

  # Rotary position embedding (Su et al., arXiv 2104.09864) of q [batch, heads, length, size], in
  # halves as Hugging Face files have it; cos, sin [length, size / 2].
  def rotated(self: __torch__.M, q: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = torch.floordiv(torch.size(q, 3), 2)
    a = torch.slice(q, 3, 0, half)
    b = torch.slice(q, 3, half, torch.mul(half, 2))
    first = torch.sub(torch.mul(a, cos), torch.mul(b, sin))
    second = torch.add(torch.mul(b, cos), torch.mul(a, sin))
    return torch.cat([first, second], 3)

  # Pre-norm, grouped-query causal attention, then SwiGLU (Touvron et al., arXiv 2302.13971), of x
  # [batch, length, hidden]. context = [mask, places, firsts, cos, sin], the last two of at least the
  # length of x; padding is on the right, so that only these two are needed. p and o have the layers q,
  # k, v, o, gate, up, down, and p then the two norms' weights; n = [compute type, size of a head, eps].
  def llama_attention(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> Tensor:
    dtype = int(torch.item(n[0]))
    size = int(torch.item(n[1]))
    eps = float(torch.item(n[2]))
    batch = torch.size(x, 0)
    length = torch.size(x, 1)
    hidden = torch.size(x, 2)
    cos = torch.to(torch.slice(context[3], 0, 0, length), dtype, False, False)
    sin = torch.to(torch.slice(context[4], 0, 0, length), dtype, False, False)
    x = torch.reshape(x, [-1, hidden])
    h = torch.to(self.rms(x, p[28], eps), dtype, False, False)
    q = self.rotated(self.as_heads(self.linear(h, p, o, s, 0, traced, taps), batch, size), cos, sin)
    k = self.rotated(self.as_heads(self.linear(h, p, o, s, 1, traced, taps), batch, size), cos, sin)
    v = self.as_heads(self.linear(h, p, o, s, 2, traced, taps), batch, size)
    group = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
    if torch.gt(group, 1):
      k = torch.repeat_interleave(k, group, 1)
      v = torch.repeat_interleave(v, group, 1)
    a = torch.scaled_dot_product_attention(q, k, v, None, 0.0, True)
    a = torch.reshape(torch.transpose(a, 1, 2), [torch.mul(batch, length), -1])
    x = torch.add(x, self.linear(a, p, o, s, 3, traced, taps))
    return torch.reshape(x, [batch, length, hidden])

  def llama_expanded(self: __torch__.M, x: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> List[Tensor]:
    x = torch.reshape(x, [-1, torch.size(x, 2)])
    h = torch.to(self.rms(x, p[29], float(torch.item(n[2]))), int(torch.item(n[0])), False, False)
    return [self.linear(h, p, o, s, 4, traced, taps), self.linear(h, p, o, s, 5, traced, taps)]

  # In place, which without a graph spares one tensor.
  def llama_activated(self: __torch__.M, e: List[Tensor]) -> Tensor:
    return torch.mul_(torch.silu(e[0]), e[1])

  def llama_activated_vjp(self: __torch__.M, e: List[Tensor], dh: Tensor) -> List[Tensor]:
    of_up = torch.mul_(torch.silu(e[0]), dh)
    return [torch.silu_backward(torch.mul_(dh, e[1]), e[0]), of_up]

  def llama_contracted(self: __torch__.M, x: Tensor, h: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> Tensor:
    y = torch.add(torch.reshape(x, [-1, torch.size(x, 2)]), self.linear(h, p, o, s, 6, traced, taps))
    return torch.reshape(y, torch.size(x))

  # Next-token logits where there are labels. targets = [next tokens [count], their positions
  # [count] in the rows laid end to end]; p = [norm weight, table [vocabulary, hidden]]; n = [compute
  # type, eps].
  def llama_logits(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], n: Tensor) -> Tensor:
    dtype = int(torch.item(n[0]))
    hidden = torch.size(h, 2)
    h = torch.index_select(torch.reshape(h, [-1, hidden]), 0, targets[1])
    h = torch.to(torch.rms_norm(h, [hidden], p[0], float(torch.item(n[1]))), dtype, False, False)
    logits = torch.mm(h, torch.t(torch.to(p[1], dtype, False, False)))
    return torch.to(logits, 6, False, False)

  # Parts of at least 256 targets, and of two million logits where that is more.
  def llama_parts(self: __torch__.M, targets: List[Tensor], p: List[Tensor]) -> List[List[Tensor]]:
    count = torch.numel(targets[0])
    rows = torch.floordiv(2097152, torch.size(p[1], 0))
    if torch.lt(rows, 256):
      rows = 256
    parts = annotate(List[List[Tensor]], [])
    for i in range(torch.floordiv(torch.sub(torch.add(count, rows), 1), rows)):
      begin = torch.mul(i, rows)
      end = torch.add(begin, rows)
      torch.append(parts, [torch.slice(targets[0], 0, begin, end), torch.slice(targets[1], 0, begin, end)])
    if torch.eq(torch.len(parts), 0):
      torch.append(parts, targets)
    return parts
