
  # NF4 (Dettmers et al., arXiv 2305.14314) to a dense matrix: codes uint8 [in, out / 2], two of
  # four bits, the first in the high half; absmax [ceil(in out / 64)] float32.
  def nf4(self: __torch__.M, codes: Tensor, absmax: Tensor, dtype: int) -> Tensor:
    levels = torch.tensor([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0], dtype=6, device=ops.prim.device(codes))
    pairs = torch.stack([torch.repeat_interleave(levels, 16), torch.repeat(levels, [16])], 1)
    values = torch.reshape(torch.embedding(pairs, torch.to(torch.reshape(codes, [-1]), 3, False, False)), [-1])
    count = torch.numel(values)
    if torch.eq(torch.remainder(count, 64), 0):
      blocks = torch.mul_(torch.reshape(values, [-1, 64]), torch.unsqueeze(absmax, 1))
    else:
      blocks = torch.mul(values, torch.slice(torch.repeat_interleave(absmax, 64), 0, 0, count))
    return torch.to(torch.reshape(blocks, [torch.size(codes, 0), -1]), dtype, False, False)
