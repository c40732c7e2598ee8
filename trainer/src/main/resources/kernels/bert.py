
  # word + position + token type, normalised. ids, types [batch, length] int64; p = [word, position,
  # type, norm weight, norm bias]; n = [eps, position of the first token].
  def bert_embed(self: __torch__.M, ids: Tensor, types: Tensor, p: List[Tensor], n: Tensor) -> Tensor:
    return self.embed(ids, types, p, float(torch.item(n[0])), int(torch.item(n[1])))

  def embed(self: __torch__.M, ids: Tensor, types: Tensor, p: List[Tensor], eps: float, first: int) -> Tensor:
    length = torch.size(ids, 1)
    e = torch.add(torch.embedding(p[0], ids), torch.slice(p[1], 0, first, torch.add(first, length)))
    e = torch.add(e, torch.embedding(p[2], types))
    return torch.layer_norm(e, [torch.size(e, 2)], p[3], p[4], eps)
