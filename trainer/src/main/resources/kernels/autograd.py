
  # A tensor as a leaf of a new graph. A weight that is held in another form (bf16, NF4) becomes a
  # dense float32 one first, because that is what its gradient is of; absmax, maxima: see dense.
  def leaf(self: __torch__.M, t: Tensor, absmax: Tensor, maxima: Tensor) -> Tensor:
    return torch.requires_grad_(torch.detach(self.dense(t, absmax, maxima, 6)), True)

  # The tensors as leaves of a new graph where wanted[i] is 1. After a weight come its absmax and
  # maxima.
  def leaves(self: __torch__.M, p: List[Tensor], wanted: Tensor) -> List[Tensor]:
    q = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      t = p[i]
      if bool(torch.gt(wanted[i], 0)):
        t = self.leaf(t, p[torch.remainder(torch.add(i, 1), torch.len(p))], p[torch.remainder(torch.add(i, 2), torch.len(p))])
      torch.append(q, t)
    return q

  # Those of p that are wanted.
  def chosen(self: __torch__.M, p: List[Tensor], wanted: Tensor) -> List[Tensor]:
    q = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      if bool(torch.gt(wanted[i], 0)):
        torch.append(q, p[i])
    return q

  # The sums of two lists of tensors, in place of the first; an empty one is zeros.
  def summed(self: __torch__.M, sums: List[Tensor], more: List[Tensor]) -> List[Tensor]:
    if torch.eq(torch.len(sums), 0):
      return more
    result = annotate(List[Tensor], [])
    for i in range(torch.len(sums)):
      torch.append(result, torch.add_(sums[i], more[i]))
    return result

  # The vector-Jacobian product dy . dy/dinputs, one tensor per input.
  def gradients(self: __torch__.M, y: Tensor, dy: Tensor, inputs: List[Tensor]) -> List[Tensor]:
    upstream = annotate(List[Optional[Tensor]], [dy])
    return self.defined(torch.grad([y], inputs, upstream, None, False, False))

  # The same for several outputs, of those that depend on an input at all: none for an input that
  # none of them depends on.
  def partial_gradients(self: __torch__.M, y: List[Tensor], dy: List[Tensor], inputs: List[Tensor]) -> List[Optional[Tensor]]:
    outputs = annotate(List[Tensor], [])
    upstream = annotate(List[Optional[Tensor]], [])
    for i in range(torch.len(y)):
      if ops.prim.requires_grad(y[i]):
        torch.append(outputs, y[i])
        torch.append(upstream, dy[i])
    if torch.eq(torch.len(outputs), 0):
      found = annotate(List[Optional[Tensor]], [])
      for i in range(torch.len(inputs)):
        torch.append(found, None)
    else:
      found = torch.grad(outputs, inputs, upstream, None, False, True)
    return found

  # Gradients that are all there.
  def defined(self: __torch__.M, found: List[Optional[Tensor]]) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    for i in range(torch.len(found)):
      torch.append(result, unchecked_cast(Tensor, found[i]))
    return result

  # The sums of two parts of the same gradients, of which one may not be there.
  def both(self: __torch__.M, found: List[Optional[Tensor]], more: List[Optional[Tensor]]) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    for i in range(torch.len(found)):
      if torch.__is__(found[i], None):
        sum = unchecked_cast(Tensor, more[i])
      else:
        sum = unchecked_cast(Tensor, found[i])
        if torch.__isnot__(more[i], None):
          sum = torch.add(sum, unchecked_cast(Tensor, more[i]))
      torch.append(result, sum)
    return result

  def detached(self: __torch__.M, p: List[Tensor]) -> List[Tensor]:
    result = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      torch.append(result, torch.detach(p[i]))
    return result

  # Every second element of a list, from the first or the second on.
  def alternate(self: __torch__.M, p: List[Tensor], first: int) -> List[Tensor]:
    return torch.slice(p, first, torch.len(p), 2)

  # The layers that have a traced factor.
  def traced_layers(self: __torch__.M, traced: Tensor) -> int:
    return int(torch.item(torch.sum(torch.amax(torch.reshape(traced, [-1, 2]), [1]))))

  # The gradients of a block, from what its forward kept = [y] + inputs + outputs + xs, the last two
  # of the layers with a traced factor: those of the inputs, then those of the factors. The graph is
  # freed.
  def backward(self: __torch__.M, kept: List[Tensor], dy: Tensor, o: List[Tensor], s: Tensor, traced: Tensor) -> List[Tensor]:
    m = self.traced_layers(traced)
    xs = torch.sub(torch.len(kept), m)
    found = self.gradients(kept[0], dy, torch.slice(kept, 1, xs, 1))
    inputs = torch.sub(torch.len(found), m)
    result = torch.slice(found, 0, inputs, 1)
    if torch.gt(m, 0):
      outputs = torch.slice(found, inputs, torch.len(found), 1)
      of_factors = self.overlay_gradients(torch.slice(kept, xs, torch.len(kept), 1), outputs, o, s, traced)
      torch.extend(result, of_factors)
    return result

  # The same of some layers of a block by themselves, which come to y: (the gradients of inputs, none
  # for one that does not lead to y; those of the factors). taps, o, s and traced are these layers'.
  def backward_part(self: __torch__.M, y: List[Tensor], dy: List[Tensor], inputs: List[Tensor], taps: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor) -> Tuple[List[Optional[Tensor]], List[Tensor]]:
    found = self.partial_gradients(y, dy, torch.add(inputs, self.alternate(taps, 1)))
    count = torch.len(inputs)
    outputs = self.defined(torch.slice(found, count))
    return (torch.slice(found, 0, count), self.overlay_gradients(self.alternate(taps, 0), outputs, o, s, traced))
