package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ranks and spectra of one layer over the refreshes of a run. */
final class LayerHistory {
  private static final int RANKS = 1_000;
  private static final int SPECTRA = 64;

  private final String layer;
  private final StepSeries<RankPoint> ranks = new StepSeries<>(RANKS);
  private final StepSeries<SpectrumPoint> spectra = new StepSeries<>(SPECTRA);
  private @Nullable String kind;
  private int rows;
  private int cols;

  LayerHistory(String layer) {
    this.layer = layer;
  }

  void apply(Spectrum spectrum) {
    kind = spectrum.getKind();
    rows = spectrum.getRows();
    cols = spectrum.getCols();
    spectra.put(SpectrumPoint.of(spectrum));
  }

  void apply(RankDecision decision) {
    ranks.put(RankPoint.decided(ranks.at(decision.getStep()), decision));
  }

  void apply(Step step, int rank) {
    RankPoint known = ranks.at(step.getStep());
    ranks.put(RankPoint.applied(known, step.getEpoch(), step.getStep(), rank, step.getFallback()));
  }

  void prune(HistoryLine line) {
    ranks.prune(line);
    spectra.prune(line);
  }

  /** Returns the rank that the trainer applied last; null when it has not yet. */
  @Nullable Integer appliedRank() {
    List<RankPoint> points = ranks.values();
    for (int i = points.size() - 1; i >= 0; i--) {
      if (points.get(i).applied()) {
        return points.get(i).rank();
      }
    }
    return null;
  }

  /** Returns the step of the newest spectrum; -1 when there is none. */
  long spectrumStep() {
    SpectrumPoint newest = spectra.newest();
    return newest == null ? -1 : newest.step();
  }

  boolean hasRankAt(long step) {
    return ranks.at(step) != null;
  }

  LayerView view() {
    return new LayerView(layer, kind, rows, cols, ranks.values(), spectra.values());
  }

  LayerView outline() {
    SpectrumPoint newest = spectra.newest();
    return new LayerView(
        layer, kind, rows, cols, ranks.values(), newest == null ? List.of() : List.of(newest));
  }
}
