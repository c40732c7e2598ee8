
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
    count = torch.to(n[4], ops.prim.device(p[0]), 6, False, False)
    for i in range(torch.len(p)):
      torch.append(steps, count)
      if torch.ne(scale, 1.0):
        scaled = torch.mul_(g[i], scale)
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(p, g, m, v, none, steps, lr=float(torch.item(n[0])), beta1=float(torch.item(n[1])), beta2=float(torch.item(n[2])), weight_decay=float(torch.item(n[6])), eps=float(torch.item(n[3])), amsgrad=False, maximize=False)
    return p[0]

  # s q' g for a gradient g [m, n] and a basis q [m, r]: n = [s].
  def projected(self: __torch__.M, g: Tensor, q: Tensor, n: Tensor) -> Tensor:
    return torch.mul(torch.matmul(torch.t(q), g), float(torch.item(n[0])))

  # What Fira (arXiv 2410.01623) does with the part of g [m, n] that the basis q [m, r] does not
  # reach: [change of the weight, norm]. p [r, n] is c s q' g, the clipped gradient of the factor, and
  # first, second are Adam's moments after their update with it. Each column is scaled as Adam scales
  # that of q' g, and the whole to a norm of at most limit, where that is above 0. n = [s, c, 1 -
  # beta1^t, 1 - beta2^t, eps, limit, factor of the change].
  def residual(self: __torch__.M, g: Tensor, q: Tensor, p: Tensor, first: Tensor, second: Tensor, n: Tensor) -> List[Tensor]:
    own = torch.div(p, float(torch.item(n[0])))
    root = torch.sqrt(torch.div(second, float(torch.item(n[3]))))
    direction = torch.div(torch.div(first, float(torch.item(n[2]))), torch.add(root, float(torch.item(n[4]))))
    phi = torch.div(torch.linalg_vector_norm(direction, 2, [0], True), torch.add(torch.linalg_vector_norm(own, 2, [0], True), 1e-08))
    left = torch.addmm(g, q, own, beta=float(torch.item(n[1])), alpha=-1.0)
    scaled = torch.mul_(left, phi)
    norm = torch.linalg_vector_norm(scaled, 2, None, False, dtype=7)
    limit = float(torch.item(n[5]))
    factor = float(torch.item(n[6]))
    if torch.gt(limit, 0.0):
      if torch.gt(float(torch.item(norm)), limit):
        factor = torch.div(torch.mul(factor, limit), float(torch.item(norm)))
        norm = torch.mul(torch.ones_like(norm), limit)
    return [torch.mul_(scaled, factor), norm]
