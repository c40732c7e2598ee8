
  # NF4 (Dettmers et al., arXiv 2305.14314) to a dense matrix: codes uint8 [in, out / 2], two of
  # four bits, the first in the high half; absmax [ceil(in out / 64)] float32, or where there
  # are maxima doubly quantised (see absmax_of).
  def nf4(self: __torch__.M, codes: Tensor, absmax: Tensor, maxima: Tensor, dtype: int) -> Tensor:
    levels = torch.tensor([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0], dtype=6, device=ops.prim.device(codes))
    pairs = torch.stack([torch.repeat_interleave(levels, 16), torch.repeat(levels, [16])], 1)
    values = torch.reshape(torch.embedding(pairs, torch.to(torch.reshape(codes, [-1]), 3, False, False)), [-1])
    count = torch.numel(values)
    if torch.gt(torch.numel(maxima), 0):
      absmax = self.absmax_of(absmax, maxima)
    if torch.eq(torch.remainder(count, 64), 0):
      blocks = torch.mul_(torch.reshape(values, [-1, 64]), torch.unsqueeze(absmax, 1))
    else:
      blocks = torch.mul(values, torch.slice(torch.repeat_interleave(absmax, 64), 0, 0, count))
    return torch.to(torch.reshape(blocks, [torch.size(codes, 0), -1]), dtype, False, False)

  # Doubly quantised absmax as float32 [count]: codes uint8 [count] of the signed dynamic 8-bit map
  # (Dettmers, ICLR 2016), a maximum for every 256 of them, and behind the maxima the mean, float32.
  def absmax_of(self: __torch__.M, codes: Tensor, maxima: Tensor) -> Tensor:
    count = torch.numel(codes)
    values = torch.index_select(self.dynamic_map(codes), 0, torch.to(codes, 3, False, False))
    scales = torch.slice(torch.repeat_interleave(torch.slice(maxima, 0, 0, -1), 256), 0, 0, count)
    return torch.clamp_min(torch.add(torch.mul(values, scales), maxima[-1]), 0.0)

  # The 256 values of that map, ascending: middles of 2^i equal parts of [0.1, 1] over 10^(6 - i),
  # with both signs, and 0 and 1; rounded once from float64.
  def dynamic_map(self: __torch__.M, like: Tensor) -> Tensor:
    device = ops.prim.device(like)
    counts = torch.tensor([1, 2, 4, 8, 16, 32, 64], dtype=4, device=device)
    divisors = torch.tensor([1000000, 100000, 10000, 1000, 100, 10, 1], dtype=4, device=device)
    parts = torch.repeat_interleave(counts, counts)
    part = torch.sub(torch.arange(1, 128, dtype=4, device=device), parts)
    middles = torch.add(torch.div(torch.mul(torch.add(torch.to(part, 7, False, False), 0.5), 0.9), parts), 0.1)
    positive = torch.to(torch.div(middles, torch.repeat_interleave(divisors, counts)), 6, False, False)
    ends = torch.tensor([0.0, 1.0], dtype=6, device=device)
    return torch.cat([torch.neg(torch.flip(positive, [0])), torch.slice(ends, 0, 0, 1), positive, torch.slice(ends, 0, 1)])
