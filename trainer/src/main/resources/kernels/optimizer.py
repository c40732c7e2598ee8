
  # Root of the sum of squares of all elements, in float64.
  def norm(self: __torch__.M, g: List[Tensor]) -> Tensor:
    total = torch.zeros([], dtype=7)
    for i in range(torch.len(g)):
      total = torch.add(total, self.energy(g[i]))
    return torch.sqrt(total)

  # One AdamW update (Loshchilov & Hutter, arXiv 1711.05101) of each p, in place, with moments m, v:
  # n = [lr, beta1, beta2, eps, 1 - beta1^t, 1 - beta2^t, gradient scale], decay [len(p)].
  def adamw(self: __torch__.M, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], decay: Tensor, n: Tensor) -> Tensor:
    lr = float(torch.item(n[0]))
    b1 = float(torch.item(n[1]))
    b2 = float(torch.item(n[2]))
    eps = float(torch.item(n[3]))
    c1 = float(torch.item(n[4]))
    c2 = float(torch.item(n[5]))
    scale = float(torch.item(n[6]))
    for i in range(torch.len(p)):
      gi = g[i]
      if torch.ne(scale, 1.0):
        gi = torch.mul(gi, scale)
      mi = torch.add_(torch.mul_(m[i], b1), gi, alpha=torch.sub(1.0, b1))
      vi = torch.addcmul_(torch.mul_(v[i], b2), gi, gi, value=torch.sub(1.0, b2))
      denominator = torch.add_(torch.sqrt_(torch.div(vi, c2)), eps)
      wd = float(torch.item(decay[i]))
      pi = p[i]
      if torch.gt(wd, 0.0):
        pi = torch.mul_(pi, torch.sub(1.0, torch.mul(lr, wd)))
      pi = torch.addcdiv_(pi, mi, denominator, value=torch.neg(torch.div(lr, c1)))
    return p[0]
