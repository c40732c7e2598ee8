
  # Squared Frobenius norm, in float64.
  def energy(self: __torch__.M, g: Tensor) -> Tensor:
    return torch.sum(torch.square_(torch.to(g, 7, False, True)))

  # Randomized range finder (Halko, Martinsson, Tropp, arXiv 0909.4061, algorithm 4.4) of g [m, n],
  # m <= n, with test matrix omega [n, k]: [basis [m, k], singular values [k] descending, projected
  # gradient basis' g [k, n], squared Frobenius norm of g]. Of a g that is not finite only the norm
  # means anything. The small eigenproblem is solved in float64: it squares the condition number.
  def sketch(self: __torch__.M, g: Tensor, omega: Tensor, n: Tensor) -> List[Tensor]:
    total = self.energy(g)
    return self.found(self.finite(g, total), omega, int(torch.item(n[0])), total)

  # g, or zeros where its energy is not finite, which decompositions refuse.
  def finite(self: __torch__.M, g: Tensor, energy: Tensor) -> Tensor:
    if bool(torch.logical_not(torch.isfinite(energy))):
      g = torch.zeros_like(g)
    return g

  # What sketch gives, of a finite g with its energy.
  def found(self: __torch__.M, g: Tensor, omega: Tensor, iterations: int, total: Tensor) -> List[Tensor]:
    q, r = torch.linalg_qr(torch.matmul(g, omega))
    for i in range(iterations):
      z, r = torch.linalg_qr(torch.matmul(torch.t(g), q))
      q, r = torch.linalg_qr(torch.matmul(g, z))
    b = torch.matmul(torch.t(q), g)
    wide = torch.to(b, 7)
    squares, u = torch.linalg_eigh(torch.matmul(wide, torch.t(wide)))
    u = torch.to(torch.flip(u, [1]), 6)
    sigma = torch.to(torch.sqrt(torch.clamp_min(torch.flip(squares, [0]), 0.0)), 6)
    return [torch.matmul(q, u), sigma, torch.matmul(torch.t(u), b), total]

  # The same from a basis [m, r] that is thought to be near, and fresh Gaussian columns [m, k - r]:
  # their orthonormalised products with g' take the place of the test matrix, and of one power
  # iteration, of which there may be as few as none in n.
  def warm_sketch(self: __torch__.M, g: Tensor, basis: Tensor, fresh: Tensor, n: Tensor) -> List[Tensor]:
    total = self.energy(g)
    g = self.finite(g, total)
    omega, r = torch.linalg_qr(torch.matmul(torch.t(g), torch.cat([basis, fresh], 1)))
    return self.found(g, omega, torch.sub(int(torch.item(n[0])), 1), total)

  # [||a' b||_F^2] for bases a [m, i], b [m, j].
  def shared_energy(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
    return self.energy(torch.matmul(torch.t(a), b))

  # The norm of each tensor, [count].
  def norms(self: __torch__.M, g: List[Tensor]) -> Tensor:
    found = annotate(List[Tensor], [])
    for i in range(torch.len(g)):
      torch.append(found, torch.linalg_vector_norm(g[i]))
    return torch.stack(found)

  # Adds each g, normalised, to its sum d, in place; the norms of the sums, [count].
  def displaced(self: __torch__.M, d: List[Tensor], g: List[Tensor]) -> Tensor:
    for i in range(torch.len(d)):
      direction = torch.div(g[i], torch.clamp_min(torch.linalg_vector_norm(g[i]), 1e-30))
      sum = torch.add_(d[i], direction)
    return self.norms(d)

  # Adam's moments carried from the old basis [m, r] to the new one [m, r'], with the second-moment
  # rule of LDAdam (arXiv 2410.16103) and, where a new direction was not covered by the old basis,
  # filled from the gradient g [r', n] (already scaled as the moments are): [first, second]. n = [1 -
  # beta1^t, 1 - beta2^t] of the t updates behind the moments.
  def transport(self: __torch__.M, old: Tensor, new: Tensor, first: Tensor, second: Tensor, g: Tensor, n: Tensor) -> List[Tensor]:
    c1 = float(torch.item(n[0]))
    c2 = float(torch.item(n[1]))
    r = torch.matmul(torch.t(new), old)
    squared = torch.square(r)
    m = torch.div(first, c1)
    v = torch.div(second, c2)
    uncovered = torch.clamp_min(torch.rsub(torch.sum(squared, [1], True), 1.0), 0.0)
    rm = torch.matmul(r, m)
    carried = torch.matmul(squared, torch.sub(v, torch.square(m)))
    v = torch.abs(torch.add(carried, torch.square(rm)))
    m = torch.addcmul(rm, uncovered, g)
    v = torch.addcmul(v, uncovered, torch.square(g))
    return [torch.mul(m, c1), torch.mul(v, c2)]

  # The first columns of a matrix, in memory of their own: n = [columns].
  def leading(self: __torch__.M, x: Tensor, n: Tensor) -> Tensor:
    return self.copied(torch.slice(x, 1, 0, int(torch.item(n[0]))))

  # Adam's moments as a gradient g [r, n] alone gives them; n as in transport.
  def begun(self: __torch__.M, g: Tensor, n: Tensor) -> List[Tensor]:
    return [torch.mul(g, float(torch.item(n[0]))), torch.mul(torch.square(g), float(torch.item(n[1])))]

  # p' g for bases p [m, r], q [m, k], of a g that is known as q' g [k, n] only.
  def through(self: __torch__.M, p: Tensor, q: Tensor, projected: Tensor) -> Tensor:
    return torch.matmul(torch.matmul(torch.t(p), q), projected)

  # The transposed pseudo-inverse p (p' p)^+ of a basis p [m, r], the small system in float64.
  def dual(self: __torch__.M, p: Tensor) -> Tensor:
    wide = torch.to(p, 7)
    gram = torch.matmul(torch.t(wide), wide)
    return torch.to(torch.matmul(wide, torch.linalg_pinv(gram, 1e-12, True)), 6)

  # An orthonormal basis of the space of p's columns.
  def orthonormal(self: __torch__.M, p: Tensor) -> Tensor:
    q, r = torch.linalg_qr(p)
    return q

  # The factor b [r, n] of least ||lost - s p b||_F for a basis p [m, r] and its dual, and the square
  # of that norm: [b, square]. n = [s].
  def compensated(self: __torch__.M, lost: Tensor, p: Tensor, dual: Tensor, n: Tensor) -> List[Tensor]:
    s = float(torch.item(n[0]))
    b = torch.div(torch.matmul(torch.t(dual), lost), s)
    left = torch.addmm(lost, p, b, beta=1.0, alpha=torch.neg(s))
    return [b, torch.square(torch.linalg_vector_norm(left, 2, None, False, dtype=7))]

  # The best approximation of w [m, n] of rank n[0] (Eckart, Young 1936), in two factors of equal
  # norm: [left [m, r], right [r, n], [the norm of w, the norm of what is left over]], norms in
  # float64.
  def best_rank(self: __torch__.M, w: Tensor, n: Tensor) -> List[Tensor]:
    rank = int(torch.item(n[0]))
    wide = torch.to(w, 7)
    u, s, v = torch.linalg_svd(wide, False)
    root = torch.sqrt(torch.narrow(s, 0, 0, rank))
    left = torch.to(torch.mul(torch.narrow(u, 1, 0, rank), root), 6)
    right = torch.to(torch.mul(torch.unsqueeze(root, 1), torch.narrow(v, 0, 0, rank)), 6)
    rest = torch.sub(wide, torch.matmul(torch.to(left, 7), torch.to(right, 7)))
    norms = torch.stack([torch.linalg_vector_norm(wide), torch.linalg_vector_norm(rest)])
    return [left, right, norms]
