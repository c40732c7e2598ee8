
  # The tensors as leaves of a new graph: those wanted require a gradient.
  def leaves(self: __torch__.M, p: List[Tensor], wanted: Tensor) -> List[Tensor]:
    q = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      t = torch.detach(p[i])
      if bool(torch.gt(wanted[i], 0)):
        t = torch.requires_grad_(t, True)
      torch.append(q, t)
    return q

  # Those of p that are wanted.
  def chosen(self: __torch__.M, p: List[Tensor], wanted: Tensor) -> List[Tensor]:
    q = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      if bool(torch.gt(wanted[i], 0)):
        torch.append(q, p[i])
    return q

  # The vector-Jacobian product dy . dy/dinputs, one tensor per input.
  def gradients(self: __torch__.M, y: Tensor, dy: Tensor, inputs: List[Tensor]) -> List[Tensor]:
    upstream = annotate(List[Optional[Tensor]], [dy])
    found = torch.grad([y], inputs, upstream, None, False, False)
    result = annotate(List[Tensor], [])
    for i in range(torch.len(found)):
      torch.append(result, unchecked_cast(Tensor, found[i]))
    return result
