
  # word + position + token type, normalised: [batch, length, hidden]. ids, types [batch, length]
  # int64; p = [word, position, type, norm weight, norm bias]; n = [eps, first position].
  def bert_embed(self: __torch__.M, ids: Tensor, types: Tensor, p: List[Tensor], n: Tensor) -> Tensor:
    first = int(torch.item(n[1]))
    length = torch.size(ids, 1)
    e = torch.embedding(p[0], ids)
    e = torch.add(e, torch.slice(p[1], 0, first, torch.add(first, length)))
    e = torch.add(e, torch.embedding(p[2], types))
    return torch.layer_norm(e, [torch.size(e, 2)], p[3], p[4], float(torch.item(n[0])))

  # One encoder block (post-norm, erf GELU). x [batch, length, hidden]; mask [batch, 1, 1, length],
  # 0 or -inf, added to the scores; p = 4 tensors (see linear) for each of query, key, value,
  # attention output, then 2 of the attention norm, then intermediate, output, then 2 of the output
  # norm; n = [heads, eps, overlay scale].
  def bert_block(self: __torch__.M, x: Tensor, mask: Tensor, p: List[Tensor], n: Tensor) -> Tensor:
    heads = int(torch.item(n[0]))
    eps = float(torch.item(n[1]))
    s = float(torch.item(n[2]))
    batch = torch.size(x, 0)
    length = torch.size(x, 1)
    hidden = torch.size(x, 2)
    split = [batch, length, heads, torch.floordiv(hidden, heads)]
    q = torch.transpose(torch.reshape(self.linear(x, p, 0, s), split), 1, 2)
    k = torch.transpose(torch.reshape(self.linear(x, p, 4, s), split), 1, 2)
    v = torch.transpose(torch.reshape(self.linear(x, p, 8, s), split), 1, 2)
    a = torch.scaled_dot_product_attention(q, k, v, mask)
    a = torch.reshape(torch.transpose(a, 1, 2), [batch, length, hidden])
    a = torch.add(x, self.linear(a, p, 12, s))
    a = torch.layer_norm(a, [hidden], p[16], p[17], eps)
    y = self.linear(torch.gelu(self.linear(a, p, 18, s)), p, 22, s)
    return torch.layer_norm(torch.add(a, y), [hidden], p[26], p[27], eps)

  # Pooled classification: [loss, logits [batch, classes]]. h [batch, length, hidden]; labels [batch]
  # int64; p = [pooler weight [hidden, hidden], its bias, classifier weight [hidden, classes], bias].
  def bert_head(self: __torch__.M, h: Tensor, labels: Tensor, p: List[Tensor]) -> List[Tensor]:
    pooled = torch.tanh(torch.add(torch.matmul(torch.select(h, 1, 0), p[0]), p[1]))
    logits = torch.add(torch.matmul(pooled, p[2]), p[3])
    return [torch.cross_entropy_loss(logits, labels), logits]

  # Gradients of the embedding: of the wanted ones of p, given dy. wanted [len(p)], 1 where wanted.
  def bert_embed_vjp(self: __torch__.M, ids: Tensor, types: Tensor, dy: Tensor, p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    q = self.leaves(p, wanted)
    y = self.bert_embed(ids, types, q, n)
    return self.gradients(y, dy, self.chosen(q, wanted))

  # Recomputes a block and takes its vector-Jacobian product: [dx when wantX] + gradients of the
  # wanted ones of p. wanted [len(p) + 1], 1 where wanted, that of x last.
  def bert_block_vjp(self: __torch__.M, x: Tensor, mask: Tensor, dy: Tensor, p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    q = self.leaves(p, wanted)
    all = self.leaves([x], torch.slice(wanted, 0, torch.len(p)))
    y = self.bert_block(all[0], mask, q, n)
    inputs = self.chosen(all, torch.slice(wanted, 0, torch.len(p)))
    torch.extend(inputs, self.chosen(q, wanted))
    return self.gradients(y, dy, inputs)

  # The head with its gradients: [loss, logits, dh] + gradients of p.
  def bert_head_vjp(self: __torch__.M, h: Tensor, labels: Tensor, p: List[Tensor]) -> List[Tensor]:
    x = torch.requires_grad_(torch.detach(h), True)
    q = self.leaves(p, torch.ones([torch.len(p)]))
    out = self.bert_head(x, labels, q)
    inputs = [x]
    torch.extend(inputs, q)
    result = [torch.detach(out[0]), torch.detach(out[1])]
    torch.extend(result, self.gradients(out[0], torch.ones_like(out[0]), inputs))
    return result
