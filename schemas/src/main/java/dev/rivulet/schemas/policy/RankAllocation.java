package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Spectrum;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The ranks of all layers of one refresh: each layer's information threshold, and over all layers
 * the run's byte budget. A pure function of the spectra, in whatever order they come.
 */
public final class RankAllocation {
  private RankAllocation() {}

  /**
   * Returns one decision per spectrum, by layer name.
   *
   * @param spectra the spectra of all layers of one refresh, free of {@link SpectrumFault}s
   */
  public static List<RankDecision> decide(Collection<Spectrum> spectra) {
    List<RankRequest> requests =
        spectra.stream()
            .sorted(Comparator.comparing(Spectrum::getLayer))
            .map(InformationThreshold::request)
            .toList();
    Long budget = requests.isEmpty() ? null : budget(requests.get(0));
    long asked = requests.stream().mapToLong(request -> request.bytes(request.rank())).sum();
    if (budget == null || asked <= budget) {
      return requests.stream()
          .map(request -> decision(request, request.rank(), request.reason(), request.detail()))
          .toList();
    }
    int[] ranks = ByteBudget.spend(requests, budget);
    long missing = ByteBudget.leastBytes(requests) - budget;
    return IntStream.range(0, ranks.length)
        .mapToObj(layer -> budgeted(requests.get(layer), ranks[layer], budget, asked, missing))
        .toList();
  }

  private static @Nullable Long budget(RankRequest request) {
    return request.spectrum().getPolicy().getBudgetBytes();
  }

  private static RankDecision budgeted(
      RankRequest request, int rank, long budget, long asked, long missing) {
    if (missing > 0) {
      return decision(
          request,
          rank,
          RankReason.BUDGET,
          "the budget of %d bytes is %d bytes short of the smallest ranks of all layers: rank %d"
              .formatted(budget, missing, rank));
    }
    if (rank < request.rank()) {
      return decision(
          request,
          rank,
          RankReason.BUDGET,
          "rank %d asked for; all layers ask for %d bytes of a budget of %d: rank %d"
              .formatted(request.rank(), asked, budget, rank));
    }
    return decision(request, rank, request.reason(), request.detail());
  }

  private static RankDecision decision(
      RankRequest request, int rank, RankReason reason, String detail) {
    Spectrum spectrum = request.spectrum();
    return new RankDecision(
        spectrum.getRun(),
        spectrum.getEpoch(),
        spectrum.getRefresh(),
        spectrum.getStep(),
        spectrum.getLayer(),
        rank,
        spectrum.getRank(),
        request.thresholdRank(),
        request.energy().share(rank),
        reason,
        detail);
  }
}
