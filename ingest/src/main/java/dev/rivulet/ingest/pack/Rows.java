package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.SourceOffset;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of tokens of one split of a window, in order. */
interface Rows {

  /** Returns the number of rows. */
  int count();

  /**
   * Returns the tensors of a range of rows.
   *
   * @param from the first row
   * @param to the row after the last one
   */
  Tensors tensors(int from, int to);

  /**
   * The tensors of some rows, in the bytes of a {@link dev.rivulet.schemas.record.Batch}.
   *
   * @param length tokens per row, padding included
   * @param ids int32 [rows, length]
   * @param mask uint8 [rows, length]
   * @param types uint8 [rows, length]; null when all are 0
   * @param labels int32, [rows] for classification, [rows, length] for language modelling
   * @param sources the samples that have tokens in these rows, in order
   */
  record Tensors(
      int length,
      ByteBuffer ids,
      ByteBuffer mask,
      @Nullable ByteBuffer types,
      ByteBuffer labels,
      List<SourceOffset> sources) {

    /** Returns the tensors of no rows. */
    static Tensors empty() {
      return new Tensors(0, int32s(0), ByteBuffer.allocate(0), null, int32s(0), List.of());
    }

    /** Returns a little-endian buffer of zeros. */
    static ByteBuffer int32s(int count) {
      return ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
