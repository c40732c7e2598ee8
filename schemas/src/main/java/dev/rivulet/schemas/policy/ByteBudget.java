package dev.rivulet.schemas.policy;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The byte budget of a run, spent greedily: every layer starts at its floor, and the next rank goes
 * where the next byte captures the largest share of its layer's energy, never beyond what the layer
 * asked for.
 *
 * <p>Shares grow concavely with the rank (singular values fall), so for layers of equal cost the
 * greedy choice captures the most that the budget can.
 */
final class ByteBudget {
  private ByteBudget() {}

  /** One more rank for a layer, and what each byte spent on it brings. */
  private record Offer(int layer, long bytes, double gainPerByte) {}

  private static final Comparator<Offer> BEST_FIRST =
      Comparator.comparingDouble(Offer::gainPerByte).reversed().thenComparingInt(Offer::layer);

  /** Returns the bytes that the layers' floors cost: less than that cannot be kept to. */
  static long leastBytes(List<RankRequest> requests) {
    return requests.stream().mapToLong(request -> request.bytes(request.floor())).sum();
  }

  /**
   * Returns the rank of each layer, in the order of the requests; that order breaks ties.
   *
   * @param budgetBytes bytes for all layers together; when the floors alone exceed it, they stand
   */
  static int[] spend(List<RankRequest> requests, long budgetBytes) {
    int[] ranks = requests.stream().mapToInt(RankRequest::floor).toArray();
    PriorityQueue<Offer> offers = new PriorityQueue<>(BEST_FIRST);
    for (int layer = 0; layer < ranks.length; layer++) {
      offerNext(offers, requests.get(layer), layer, ranks[layer]);
    }
    long left = budgetBytes - leastBytes(requests);
    while (!offers.isEmpty()) {
      Offer offer = offers.remove();
      if (offer.bytes() > left) {
        continue; // Too dear now, and what is left only falls.
      }
      left -= offer.bytes();
      ranks[offer.layer()]++;
      offerNext(offers, requests.get(offer.layer()), offer.layer(), ranks[offer.layer()]);
    }
    return ranks;
  }

  private static void offerNext(
      PriorityQueue<Offer> offers, RankRequest request, int layer, int rank) {
    if (rank < request.rank()) {
      long bytes = request.bytes(1);
      offers.add(new Offer(layer, bytes, request.energy().gain(rank) / Math.max(1, bytes)));
    }
  }
}
