  # A piece of a family's stack that runs by itself: PIECE is a block, or its first half (see stack.py,
  # also for the arguments).

  # [y] + inputs + outputs + xs, as backward takes them.
  def PIECE_forward(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], s: Tensor, wanted: Tensor, traced: Tensor, n: Tensor) -> List[Tensor]:
    of_x = torch.slice(wanted, 0, torch.len(p))
    input = self.leaves([x], of_x)
    q = self.leaves(p, wanted)
    taps = annotate(List[Tensor], [])
    kept = [self.PIECE(input[0], context, q, o, s, traced, taps, n)]
    torch.extend(kept, self.chosen(input, of_x))
    torch.extend(kept, self.chosen(q, wanted))
    torch.extend(kept, self.alternate(taps, 1))
    torch.extend(kept, self.alternate(taps, 0))
    return kept

  # The piece alone.
  def PIECE_output(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, n: Tensor) -> Tensor:
    return self.PIECE(x, context, p, o, s, torch.zeros_like(traced), annotate(List[Tensor], []), n)
