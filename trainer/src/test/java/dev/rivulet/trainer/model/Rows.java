package dev.rivulet.trainer.model;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A batch, row by row. */
final class Rows {
  private Rows() {}

  /** Returns every row as a batch of its own, without padding. */
  static List<Batch> of(Batch batch) {
    return IntStream.range(0, batch.getRows()).mapToObj(row -> row(batch, row)).toList();
  }

  private static Batch row(Batch batch, int row) {
    int length = batch.getLength();
    int from = row * length;
    byte[] mask = new byte[length];
    batch.getAttentionMask().duplicate().position(from).get(mask);
    int to = from + length - trailingZeros(mask);
    int[] ids = LittleEndian.ints(batch.getTokenIds().duplicate());
    int[] labels = LittleEndian.ints(batch.getLabels().duplicate());
    boolean perToken = labels.length == ids.length;
    return Batch.newBuilder()
        .setStream(batch.getStream())
        .setDataEpoch(0)
        .setIndex(row)
        .setTask(batch.getTask())
        .setRows(1)
        .setLength(to - from)
        .setTokenIds(bytes(ids, from, to))
        .setAttentionMask(ByteBuffer.wrap(Arrays.copyOf(mask, to - from)))
        .setLabels(perToken ? bytes(labels, from, to) : bytes(labels, row, row + 1))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }

  private static int trailingZeros(byte[] mask) {
    int zeros = 0;
    while (zeros < mask.length - 1 && mask[mask.length - 1 - zeros] == 0) {
      zeros++;
    }
    return zeros;
  }

  private static ByteBuffer bytes(int[] values, int from, int to) {
    return ByteBuffer.wrap(LittleEndian.bytes(Arrays.copyOfRange(values, from, to)));
  }
}
