package dev.rivulet.ops.status.board;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a run, for the API.
 *
 * @param layer name of the layer
 * @param kind name of the module, the same in every block; null before the first spectrum
 * @param rows input width; 0 before the first spectrum
 * @param cols output width; 0 before the first spectrum
 * @param ranks over the refreshes, oldest first
 * @param spectra oldest first; only the newest in a list of layers
 */
public record LayerView(
    String layer,
    @Nullable String kind,
    int rows,
    int cols,
    List<RankPoint> ranks,
    List<SpectrumPoint> spectra) {}
