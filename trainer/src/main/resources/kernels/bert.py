
  # word + position + token type, normalised, of the tokens without padding: [tokens, hidden].
  # inputs = [ids, types, places], the first two [batch, length] int64 (for places see bert_attention); p
  # = [word, position, type, norm weight, norm bias]; n = [eps, first position].
  def bert_embed(self: __torch__.M, inputs: List[Tensor], p: List[Tensor], n: Tensor) -> Tensor:
    first = int(torch.item(n[1]))
    length = torch.size(inputs[0], 1)
    e = self.looked_up(p[0], inputs[0])
    e = self.with_rows(e, torch.slice(p[1], -2, first, torch.add(first, length)))
    e = torch.add(e, self.looked_up(p[2], inputs[1]))
    rows = self.without_padding(torch.reshape(e, [-1, torch.size(e, 2)]), inputs[2])
    return self.normed(rows, p[3], p[4], float(torch.item(n[0])))

  # The rows of x that places has, all of them as they are where it has all.
  def without_padding(self: __torch__.M, x: Tensor, places: Tensor) -> Tensor:
    if torch.ne(torch.size(x, 0), torch.numel(places)):
      x = torch.index_select(x, 0, places)
    return x

  # The other way round: count rows, of zeros where there is padding.
  def with_padding(self: __torch__.M, x: Tensor, places: Tensor, count: int) -> Tensor:
    if torch.ne(torch.size(x, 0), count):
      x = torch.index_copy(torch.new_zeros(x, [count, torch.size(x, 1)]), 0, places, x)
    return x

  # Post-norm, erf GELU, of the tokens without padding: x [tokens, hidden]. context = [mask [batch,
  # 1, 1, length]: 0 or -inf, added to the scores; places [tokens] of the tokens in the rows laid end
  # to end; firsts [batch]: which of the tokens is the first of its row]; p and o have the layers
  # query, key, value, attention output, intermediate, output, and p then weight and bias of the
  # attention norm and of the output norm; n = [compute type, heads, eps, whether the
  # block is the last]. The last block gives what the head looks at, the first tokens [batch, hidden].
  def bert_attention(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> Tensor:
    dtype = int(torch.item(n[0]))
    heads = int(torch.item(n[1]))
    eps = float(torch.item(n[2]))
    last = bool(torch.gt(n[3], 0))
    batch = torch.size(context[0], 0)
    count = torch.numel(context[0])
    hidden = torch.size(x, 1)
    size = torch.floordiv(hidden, heads)
    h = torch.to(x, dtype, False, False)
    asking = h
    if last:
      x = torch.index_select(x, 0, context[2])
      asking = torch.index_select(h, 0, context[2])
    q = self.linear(asking, p, o, s, 0, traced, taps)
    if torch.__not__(last):
      q = self.with_padding(q, context[1], count)
    k = self.with_padding(self.linear(h, p, o, s, 1, traced, taps), context[1], count)
    v = self.with_padding(self.linear(h, p, o, s, 2, traced, taps), context[1], count)
    mask = torch.to(context[0], dtype, False, False)
    a = torch.scaled_dot_product_attention(self.as_heads(q, batch, size), self.as_heads(k, batch, size), self.as_heads(v, batch, size), mask)
    a = torch.reshape(torch.transpose(a, 1, 2), [-1, hidden])
    if torch.__not__(last):
      a = self.without_padding(a, context[1])
    a = torch.add(x, self.linear(a, p, o, s, 3, traced, taps))
    return self.normed(a, p[24], p[25], eps)

  def bert_expanded(self: __torch__.M, x: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> List[Tensor]:
    return [self.linear(torch.to(x, int(torch.item(n[0])), False, False), p, o, s, 4, traced, taps)]

  def bert_activated(self: __torch__.M, e: List[Tensor]) -> Tensor:
    return torch.gelu(e[0])

  def bert_activated_vjp(self: __torch__.M, e: List[Tensor], dh: Tensor) -> List[Tensor]:
    return [torch.gelu_backward(dh, e[0])]

  def bert_contracted(self: __torch__.M, x: Tensor, h: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> Tensor:
    return self.normed(torch.add(x, self.linear(h, p, o, s, 5, traced, taps)), p[26], p[27], float(torch.item(n[2])))

  # Classification of h [batch, hidden], pooled. targets = [labels [batch]]; p = [pooler weight [hidden, hidden], its bias,
  # classifier weight [hidden, classes], its bias].
  def bert_logits(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], n: Tensor) -> Tensor:
    pooled = torch.tanh(torch.addmm(p[1], h, p[0]))
    return torch.addmm(p[3], pooled, p[2])

  def bert_parts(self: __torch__.M, targets: List[Tensor], p: List[Tensor]) -> List[List[Tensor]]:
    return [targets]
