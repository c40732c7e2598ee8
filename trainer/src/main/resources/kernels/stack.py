
  # What every family's kernels have in common. A family FAMILY gives
  #   FAMILY_embed(inputs, p, n) -> h: token ids and what goes with them to [batch, length, hidden];
  #   FAMILY_block(x, context, p, o, traced, taps, n) -> y, both [batch, length, hidden];
  #   FAMILY_logits(h, targets, p, n): to [count, classes], for targets[0] [count] int64.
  # context are tensors that all blocks share, p the parameters and o the overlays in the family's
  # order (see linear, also for traced and taps), and n numbers of the family. wanted has 1 for each
  # of p whose gradient is taken, and then for x; traced for each of o.

  # [mean cross-entropy in nats, most likely class [count]].
  def FAMILY_score(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], n: Tensor) -> List[Tensor]:
    logits = self.FAMILY_logits(h, targets, p, n)
    return [torch.cross_entropy_loss(logits, targets[0]), torch.argmax(logits, 1)]

  # [mean cross-entropy] + [dh] + gradients of p, those wanted.
  def FAMILY_score_vjp(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    of_h = torch.slice(wanted, 0, torch.len(p))
    x = self.leaves([h], of_h)
    q = self.leaves(p, wanted)
    loss = torch.cross_entropy_loss(self.FAMILY_logits(x[0], targets, q, n), targets[0])
    inputs = self.chosen(x, of_h)
    torch.extend(inputs, self.chosen(q, wanted))
    result = [torch.detach(loss)]
    torch.extend(result, self.gradients(loss, torch.ones_like(loss), inputs))
    return result

  # [y] + inputs + outputs + xs, as backward takes them.
  def FAMILY_forward(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], wanted: Tensor, traced: Tensor, n: Tensor) -> List[Tensor]:
    of_x = torch.slice(wanted, 0, torch.len(p))
    input = self.leaves([x], of_x)
    q = self.leaves(p, wanted)
    taps = annotate(List[Tensor], [])
    kept = [self.FAMILY_block(input[0], context, q, o, traced, taps, n)]
    torch.extend(kept, self.chosen(input, of_x))
    torch.extend(kept, self.chosen(q, wanted))
    torch.extend(kept, self.alternate(taps, 1))
    torch.extend(kept, self.alternate(taps, 0))
    return kept

  # The block alone.
  def FAMILY_output(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], traced: Tensor, n: Tensor) -> Tensor:
    return self.FAMILY_block(x, context, p, o, torch.zeros_like(traced), annotate(List[Tensor], []), n)

  # Recomputes a block, and takes its gradients as backward does.
  def FAMILY_recompute(self: __torch__.M, x: Tensor, context: List[Tensor], dy: Tensor, p: List[Tensor], o: List[Tensor], wanted: Tensor, traced: Tensor, counts: Tensor, n: Tensor) -> List[Tensor]:
    return self.backward(self.FAMILY_forward(x, context, p, o, wanted, traced, n), dy, o, traced, counts)

  # Gradients of the embedding's p, those wanted.
  def FAMILY_embed_vjp(self: __torch__.M, inputs: List[Tensor], dy: Tensor, p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    q = self.leaves(p, wanted)
    return self.gradients(self.FAMILY_embed(inputs, q, n), dy, self.chosen(q, wanted))
