package dev.rivulet.trainer.model;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The classifier of the golden files (2 blocks, width 32, 48 inside, 96 tokens, 3 classes), and
 * batches for it that are a function of a key: 6 rows of 4 to 10 tokens.
 */
public final class TinyBert {
  public static final Path DIRECTORY = Path.of("src/test/resources/golden/bert-classifier");
  public static final int CLASSES = 3;

  /** A token that no {@link #batch(Kernels, long)} holds. */
  public static final int SPARE_TOKEN = 3;

  private static final int FIRST_TOKEN = 5;
  private static final int VOCABULARY = 96;
  private static final int ROWS = 6;
  private static final int LENGTH = 10;
  private static final int SHORTEST = 4;

  private TinyBert() {}

  public static Transformer load(Kernels kernels) {
    return load(kernels, BaseForm.FP32);
  }

  public static Transformer load(Kernels kernels, BaseForm base) {
    return ModelLoader.load(kernels, DIRECTORY, new LoadOptions(CLASSES, 0, base));
  }

  public static TokenBatch batch(Kernels kernels, long key) {
    return TokenBatch.of(kernels.manager(), batch(tokens(key), key));
  }

  /** Returns the rows of {@link #batch(Kernels, long)}, each a batch of its own. */
  public static List<TokenBatch> rows(Kernels kernels, long key) {
    return Rows.of(batch(tokens(key), key)).stream()
        .map(row -> TokenBatch.of(kernels.manager(), row))
        .toList();
  }

  /** Returns a batch whose first token is the spare one. */
  public static TokenBatch batchWithSpareToken(Kernels kernels, long key) {
    int[] tokens = tokens(key);
    tokens[0] = SPARE_TOKEN;
    return TokenBatch.of(kernels.manager(), batch(tokens, key));
  }

  /** Makes every loss of a batch with the spare token NaN, by that token's embedding. */
  public static void spoilSpareToken(Transformer model) {
    Parameter words = model.embedding().get(0);
    int width = words.shape().get(1).intValue();
    float[] values = words.value().toFloatArray();
    values[SPARE_TOKEN * width] = Float.NaN;
    words.replace(values, words.shape().get(0), width);
  }

  /** Returns random labels for tokens, and a mask that leaves out token 0. */
  private static Batch batch(int[] ids, long key) {
    KeyedRandom random = KeyedRandom.of(0, "test-labels", "", key);
    int[] labels = new int[ROWS];
    for (int row = 0; row < ROWS; row++) {
      labels[row] = (int) (random.uniform(row) * CLASSES);
    }
    byte[] attention = new byte[ids.length];
    for (int i = 0; i < ids.length; i++) {
      attention[i] = (byte) (ids[i] == 0 ? 0 : 1);
    }
    return batch(ids, attention, new byte[ids.length], labels);
  }

  /** Returns a batch as the packer writes it; ids, attention and types are [rows, length]. */
  static Batch batch(int[] ids, byte[] attention, byte[] types, int[] labels) {
    return Batch.newBuilder()
        .setStream("test")
        .setDataEpoch(0)
        .setIndex(0)
        .setTask(Task.CLASSIFICATION)
        .setRows(labels.length)
        .setLength(ids.length / labels.length)
        .setTokenIds(ByteBuffer.wrap(LittleEndian.bytes(ids)))
        .setAttentionMask(ByteBuffer.wrap(attention))
        .setTokenTypeIds(ByteBuffer.wrap(types))
        .setLabels(ByteBuffer.wrap(LittleEndian.bytes(labels)))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }

  private static int[] tokens(long key) {
    KeyedRandom random = KeyedRandom.of(0, "test-tokens", "", key);
    int[] ids = new int[ROWS * LENGTH];
    for (int row = 0; row < ROWS; row++) {
      int length = SHORTEST + row;
      for (int i = 0; i < length; i++) {
        int at = row * LENGTH + i;
        ids[at] = FIRST_TOKEN + (int) (random.uniform(at) * (VOCABULARY - FIRST_TOKEN));
      }
    }
    return ids;
  }
}
