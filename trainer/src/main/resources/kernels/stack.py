
  # What every family's kernels have in common. A family FAMILY gives
  #   FAMILY_embed(inputs, p, n) -> h: token ids and what goes with them to hidden states, in a layout
  #     that is the family's;
  #   FAMILY_attention(x, context, p, o, s, traced, taps, n) -> x and
  #   FAMILY_feed_forward(x, context, p, o, s, traced, taps, n) -> y: the halves of a block, all
  #     hidden states. The layers of the first come first, and are four; each has half of the norms;
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
    return self.FAMILY_feed_forward(x, context, p, o, s, traced, taps, n)

  # Gradients of the embedding's p, those wanted.
  def FAMILY_embed_vjp(self: __torch__.M, inputs: List[Tensor], dy: Tensor, p: List[Tensor], wanted: Tensor, n: Tensor) -> List[Tensor]:
    q = self.leaves(p, wanted)
    return self.gradients(self.FAMILY_embed(inputs, q, n), dy, self.chosen(q, wanted))
