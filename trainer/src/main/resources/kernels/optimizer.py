
  # Root of the sum of squares of all elements. Each tensor's norm is taken in float32, or where the
  # squares are too large for that, in float64.
  def norm(self: __torch__.M, g: List[Tensor]) -> Tensor:
    total = torch.zeros([], dtype=7)
    for i in range(torch.len(g)):
      energy = torch.square(torch.to(torch.linalg_vector_norm(g[i]), 7, False, False))
      if bool(torch.logical_not(torch.isfinite(energy))):
        energy = self.energy(g[i])
      total = torch.add(total, energy)
    return torch.sqrt(total)

  # One AdamW update (Loshchilov & Hutter, arXiv 1711.05101) of each p, in place, with moments m, v,
  # epsilon added after the correction of the second moment: n = [lr, beta1, beta2, eps, count of
  # updates with this one, gradient scale, weight decay].
  def adamw(self: __torch__.M, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], n: Tensor) -> Tensor:
    scale = float(torch.item(n[5]))
    steps = annotate(List[Tensor], [])
    count = torch.to(n[4], 6, False, False)
    for i in range(torch.len(p)):
      torch.append(steps, count)
      if torch.ne(scale, 1.0):
        scaled = torch.mul_(g[i], scale)
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(p, g, m, v, none, steps, lr=float(torch.item(n[0])), beta1=float(torch.item(n[1])), beta2=float(torch.item(n[2])), weight_decay=float(torch.item(n[6])), eps=float(torch.item(n[3])), amsgrad=False, maximize=False)
    return p[0]
