package dev.rivulet.ops.status.board;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a run, as shown.
 *
 * @param layer name of the layer
 * @param kind shared by the same module of every block; null until a spectrum has told it
 * @param rows input width; 0 until then
 * @param cols output width; 0 until then
 * @param ranks over the refreshes, oldest first
 * @param spectra oldest first; the newest alone where many layers are listed
 */
public record LayerView(
    String layer,
    @Nullable String kind,
    int rows,
    int cols,
    List<RankPoint> ranks,
    List<SpectrumPoint> spectra) {}
