
  # What every family's kernels have in common. A family FAMILY gives
  #   FAMILY_embed(inputs, p, n) -> h: token ids and what goes with them to hidden states, in a layout
  #     that is the family's;
  #   FAMILY_attention(x, context, p, o, s, traced, taps, n) -> x: the first half of a block, all
  #     hidden states. Its layers come first, and are four; it has half of the norms;
  #   FAMILY_expanded(x, p, o, s, traced, taps, n) -> e, FAMILY_activated(e) -> h and
  #     FAMILY_contracted(x, h, p, o, s, traced, taps, n) -> y: the other half, where e is what its
  #     first layers give, and h what its last one takes;
  #   FAMILY_activated_vjp(e, dh) -> gradients of e; dh may be overwritten;
  #   FAMILY_logits(h, targets, p, n): to [count, classes], for targets[0] [count] int64;
  #   FAMILY_parts(targets, p): the targets in parts whose logits are not too many at a time.
  # context are tensors that all blocks share, p the parameters of a block, o its overlays and s their
  # scales, in the family's order (see linear, also for traced and taps), and n numbers of the family.
  # wanted has 1 for each of p whose gradient is taken, and then for x; traced for each of o.

  # Cross-entropy in nats, as a share of the mean over count targets.
  def FAMILY_loss(self: __torch__.M, logits: Tensor, classes: Tensor, count: int) -> Tensor:
    return torch.div(torch.cross_entropy_loss(logits, classes, None, 2), count)

  # [mean cross-entropy, most likely class [count]], part by part of the targets.
  def FAMILY_score(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], n: Tensor) -> List[Tensor]:
    count = torch.numel(targets[0])
    total = torch.zeros([], device=ops.prim.device(h))
    best = annotate(List[Tensor], [])
    parts = self.FAMILY_parts(targets, p)
    for i in range(torch.len(parts)):
      logits = self.FAMILY_logits(h, parts[i], p, n)
      total = torch.add(total, self.FAMILY_loss(logits, parts[i][0], count))
      torch.append(best, torch.argmax(logits, 1))
    return [total, torch.cat(best)]

  # Mean cross-entropy of each part, float64 [parts]: h [parts x batch, ...] is a batch as
  # many times over as there are parts, targets are those of one of them, and p has parts where
  # parted is 1. n = numbers of the family + [parts].
  def FAMILY_losses(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], parted: Tensor, n: Tensor) -> Tensor:
    count = torch.numel(targets[0])
    parts = int(torch.item(n[-1]))
    rows = torch.floordiv(torch.size(h, 0), parts)
    totals = annotate(List[Tensor], [])
    for part in range(parts):
      of_part = torch.slice(h, 0, torch.mul(part, rows), torch.mul(torch.add(part, 1), rows))
      q = self.of_part(p, parted, part)
      total = torch.zeros([], dtype=7, device=ops.prim.device(h))
      some = self.FAMILY_parts(targets, q)
      for i in range(torch.len(some)):
        losses = torch.cross_entropy_loss(self.FAMILY_logits(of_part, some[i], q, n), some[i][0], None, 0)
        total = torch.add(total, torch.sum(losses, dtype=7))
      torch.append(totals, torch.div(total, count))
    return torch.stack(totals)

  # [mean cross-entropy] + [dh] + gradients of p, those wanted, part by part of the targets, so that
  # the logits of one part exist at a time.
  def FAMILY_score_vjp(self: __torch__.M, h: Tensor, targets: List[Tensor], p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    count = torch.numel(targets[0])
    of_h = torch.slice(wanted, 0, torch.len(p))
    x = self.leaves([h], of_h)
    q = self.leaves(p, wanted)
    inputs = self.chosen(x, of_h)
    torch.extend(inputs, self.chosen(q, wanted))
    total = torch.zeros([], device=ops.prim.device(h))
    sums = annotate(List[Tensor], [])
    parts = self.FAMILY_parts(targets, p)
    for i in range(torch.len(parts)):
      loss = self.FAMILY_loss(self.FAMILY_logits(x[0], parts[i], q, n), parts[i][0], count)
      total = torch.add(total, torch.detach(loss))
      sums = self.summed(sums, self.gradients(loss, torch.ones_like(loss), inputs))
    result = [total]
    torch.extend(result, sums)
    return result

  # Both halves, one after the other.
  def FAMILY_block(self: __torch__.M, x: Tensor, context: List[Tensor], p: List[Tensor], o: List[Tensor], s: Tensor, traced: Tensor, taps: List[Tensor], n: Tensor) -> Tensor:
    x = self.FAMILY_attention(x, context, p, o, s, traced, taps, n)
    h = self.FAMILY_activated(self.FAMILY_expanded(x, p, o, s, traced, taps, n))
    return self.FAMILY_contracted(x, h, p, o, s, traced, taps, n)

  # Each half: recomputes it, and takes its gradients as backward does.
  def FAMILY_attention_recompute(self: __torch__.M, x: Tensor, context: List[Tensor], dy: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, wanted: Tensor, traced: Tensor, n: Tensor) -> List[Tensor]:
    return self.backward(self.FAMILY_attention_forward(x, context, p, o, s, wanted, traced, n), dy, o, s, traced)

  # The activation is not part of a graph, since a graph would keep what lies between its operators,
  # and nothing in a block is as wide: h goes once the last layer has been passed, and e is enough for
  # the activation's gradient.
  def FAMILY_feed_forward_recompute(self: __torch__.M, x: Tensor, context: List[Tensor], dy: Tensor, p: List[Tensor], o: List[Tensor], s: Tensor, wanted: Tensor, traced: Tensor, n: Tensor) -> List[Tensor]:
    of_x = torch.slice(wanted, 0, torch.len(p))
    input = self.leaves([x], of_x)
    q = self.leaves(p, wanted)
    inputs = torch.add(self.chosen(input, of_x), self.chosen(q, wanted))
    first = annotate(List[Tensor], [])
    expanded = self.FAMILY_expanded(input[0], q, o, s, traced, first, n)
    e = self.detached(expanded)
    h = torch.requires_grad_(self.FAMILY_activated(e), True)
    last = annotate(List[Tensor], [])
    y = self.FAMILY_contracted(input[0], h, q, o, s, traced, last, n)
    upper, of_last = self.backward_part([y], [dy], torch.add(inputs, [h]), last, torch.slice(o, -2), torch.slice(s, 0, -1), torch.slice(traced, 0, -2))
    de = self.FAMILY_activated_vjp(e, unchecked_cast(Tensor, torch.pop(upper)))
    lower, of_first = self.backward_part(expanded, de, inputs, first, torch.slice(o, 0, -2), torch.slice(s, 0, 0, -1), torch.slice(traced, 0, 0, -2))
    return torch.add(torch.add(self.both(upper, lower), of_first), of_last)

  # Gradients of the embedding's p, those wanted.
  def FAMILY_embed_vjp(self: __torch__.M, inputs: List[Tensor], dy: Tensor, p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    q = self.leaves(p, wanted)
    return self.gradients(self.FAMILY_embed(inputs, q, n), dy, self.chosen(q, wanted))
