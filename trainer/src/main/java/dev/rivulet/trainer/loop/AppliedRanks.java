package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.AppliedRank;
import dev.rivulet.trainer.method.RankSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ranks that a run has applied since its newest checkpoint. */
final class AppliedRanks {
  private final List<AppliedRank> applied = new ArrayList<>();

  /** Takes note of the ranks that a step applied. */
  void add(long step, RankSource.Decided decided) {
    Map<String, Integer> byLayer = new TreeMap<>(decided.ranks());
    byLayer.forEach(
        (layer, rank) ->
            applied.add(new AppliedRank(layer, decided.refresh(), step, rank, decided.fallback())));
  }

  /** Returns them in order, by step and layer, and forgets them. */
  List<AppliedRank> take() {
    List<AppliedRank> taken = List.copyOf(applied);
    applied.clear();
    return taken;
  }
}
