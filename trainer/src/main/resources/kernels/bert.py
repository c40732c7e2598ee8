
  # word + position + token type, normalised. inputs = [ids, types], both [batch, length] int64; p =
  # [word, position, type, norm weight, norm bias]; n = [eps, first position].
  def bert_embed(self: __torch__.M, inputs: List[Tensor], p: List[Tensor], n: Tensor) -> Tensor:
    first = int(torch.item(n[1]))
    length = torch.size(inputs[0], 1)
    e = self.looked_up(p[0], inputs[0])
    e = self.with_rows(e, torch.slice(p[1], -2, first, torch.add(first, length)))
    e = torch.add(e, self.looked_up(p[2], inputs[1]))
    rows = torch.reshape(e, [-1, torch.size(e, 2)])
    return torch.reshape(self.normed(rows, p[3], p[4], float(torch.item(n[0]))), [-1, length, torch.size(e, 2)])

  # Post-norm, erf GELU. context = [mask [batch, 1, 1, length]: 0 or -inf, added to the scores]; p and
  # o have the layers query, key, value, attention output, intermediate, output, and p then weight and
  # bias of the attention norm and of the output norm; n = [overlay scale, compute
  # type, heads, eps].
  def bert_block(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], traced: Tensor, taps: List[Tensor], n: Tensor) -> Tensor:
    s = float(torch.item(n[0]))
    dtype = int(torch.item(n[1]))
    heads = int(torch.item(n[2]))
    eps = float(torch.item(n[3]))
    batch = torch.size(x, 0)
    length = torch.size(x, 1)
    hidden = torch.size(x, 2)
    split = [batch, length, heads, torch.floordiv(hidden, heads)]
    x = torch.reshape(x, [-1, hidden])
    h = torch.to(x, dtype, False, False)
    q = torch.transpose(torch.reshape(self.linear(h, p, o, 0, s, traced, taps), split), 1, 2)
    k = torch.transpose(torch.reshape(self.linear(h, p, o, 1, s, traced, taps), split), 1, 2)
    v = torch.transpose(torch.reshape(self.linear(h, p, o, 2, s, traced, taps), split), 1, 2)
    mask = torch.to(context[0], dtype, False, False)
    a = torch.scaled_dot_product_attention(q, k, v, mask)
    a = torch.reshape(torch.transpose(a, 1, 2), [-1, hidden])
    a = torch.add(x, self.linear(a, p, o, 3, s, traced, taps))
    a = self.normed(a, p[24], p[25], eps)
    h = torch.gelu(self.linear(torch.to(a, dtype, False, False), p, o, 4, s, traced, taps))
    y = self.normed(torch.add(a, self.linear(h, p, o, 5, s, traced, taps)), p[26], p[27], eps)
    return torch.reshape(y, [batch, length, hidden])

  # Pooled classification. targets = [labels [batch]]; p = [pooler weight [hidden, hidden], its bias,
  # classifier weight [hidden, classes], its bias].
  def bert_logits(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], n: Tensor) -> Tensor:
    pooled = torch.tanh(torch.addmm(p[1], torch.select(h, 1, 0), p[0]))
    return torch.addmm(p[3], pooled, p[2])

  def bert_parts(self: __torch__.M, targets: List[Tensor], p: List[Tensor]) -> List[List[Tensor]]:
    return [targets]
