
  # A weight of any form as a dense matrix of a type (6 float32, 15 bfloat16). A weight is dense
  # [in, out], or NF4 as uint8 [in, out / 2] with absmax [ceil(in out / 64)]; absmax is not looked
  # at where the weight is dense.
  def dense(self: __torch__.M, w: Tensor, absmax: Tensor, dtype: int) -> Tensor:
    if torch.eq(ops.prim.dtype(w), 0):
      w = self.nf4(w, absmax, dtype)
    return torch.to(w, dtype, False, False)

  # y = x W + b + s (x L) R, for the rows of x [rows, in]; W [in, out], b [out] or [0], L [in,
  # rank], R [rank, out]; p[at ...] = [W, absmax, b, L, R], and L, R of rank 0 where the layer has
  # no overlay. Computes in the type of x.
  def linear(self: __torch__.M, x: Tensor, p: List[Tensor], at: int, s: float) -> Tensor:
    dtype = ops.prim.dtype(x)
    w = self.dense(p[torch.add(at, 0)], p[torch.add(at, 1)], dtype)
    bias = p[torch.add(at, 2)]
    left = p[torch.add(at, 3)]
    if torch.gt(torch.size(bias, 0), 0):
      y = torch.addmm(torch.to(bias, dtype, False, False), x, w)
    else:
      y = torch.mm(x, w)
    if torch.gt(torch.size(left, 1), 0):
      low = torch.mm(x, torch.to(left, dtype, False, False))
      right = torch.to(p[torch.add(at, 4)], dtype, False, False)
      y = torch.addmm_(y, low, right, beta=1.0, alpha=s)
    return y

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

  def widened(self: __torch__.M, w: Tensor, absmax: Tensor) -> Tensor:
    return torch.to(self.dense(w, absmax, 6), 6, False, True)
