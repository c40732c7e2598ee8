package dev.rivulet.ops.ranks;

import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.ingest.reader.Reading;
import dev.rivulet.ingest.reader.SampleReader;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.record.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some samples of files, drawn so that each has the same chance (Vitter's algorithm R), however
 * long the files are and however they are sorted.
 *
 * @param samples those that were drawn
 * @param read samples in the files
 * @param rejected lines that hold no sample
 * @param firstRejection file, line and reason of the first of them; null for none
 */
record SampleTexts(
    List<Sample> samples, long read, long rejected, @Nullable String firstRejection) {

  /**
   * Draws samples.
   *
   * @param count most samples to draw
   * @param seed of the draw
   * @throws IOException when a file cannot be read
   */
  static SampleTexts draw(List<Input> inputs, FieldNames names, int count, long seed)
      throws IOException {
    KeyedRandom random = KeyedRandom.of(seed, "adarank", "samples", 0);
    List<Sample> drawn = new ArrayList<>();
    long read = 0;
    long rejected = 0;
    String firstRejection = null;
    for (Input input : inputs) {
      try (SampleReader reader = SampleReader.open(input, names)) {
        for (Reading reading = reader.next(); reading != null; reading = reader.next()) {
          if (reading instanceof Reading.Accepted accepted) {
            long place = (long) (random.uniform(read) * (read + 1));
            if (drawn.size() < count) {
              drawn.add(accepted.sample());
            } else if (place < count) {
              drawn.set((int) place, accepted.sample());
            }
            read++;
          } else if (reading instanceof Reading.Rejected refused) {
            if (rejected++ == 0) {
              firstRejection =
                  "%s, line %d: %s"
                      .formatted(input.location(), refused.line(), refused.letter().reason());
            }
          }
        }
      }
    }
    return new SampleTexts(List.copyOf(drawn), read, rejected, firstRejection);
  }
}
