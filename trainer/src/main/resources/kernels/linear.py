
  # y = x W + b + s (x L) R, with W [in, out], L [in, rank], R [rank, out]; p = [W, b, L, R], and
  # L, R of rank 0 where the layer has no overlay.
  def linear(self: __torch__.M, x: Tensor, p: List[Tensor], at: int, s: float) -> Tensor:
    y = torch.add(torch.matmul(x, p[at]), p[at + 1])
    left = p[at + 2]
    if torch.gt(torch.size(left, 1), 0):
      y = torch.add(y, torch.matmul(torch.matmul(x, left), p[at + 3]), alpha=s)
    return y

  # A copy of a matrix, and of its transpose, with the strides of a new matrix of that shape. (The
  # strides of a copy made otherwise may differ where a side is 1; the engine then picks other
  # routines, and the last bits change between a run and its resumption.)
  def copied(self: __torch__.M, x: Tensor) -> Tensor:
    return torch.clone(x, memory_format=0)

  def transposed(self: __torch__.M, x: Tensor) -> Tensor:
    return torch.clone(torch.t(x), memory_format=0)
