package dev.rivulet.trainer.model;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Kernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The batches of golden files, as the packer writes them. */
final class Golden {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  private Golden() {}

  static Path directory(String name) {
    return FOLDER.resolve(name);
  }

  /** Returns the batch of a model's golden files on the device. */
  static TokenBatch tokens(Kernels kernels, String name) throws IOException {
    Path file = directory(name).resolve("golden.safetensors");
    try (SafetensorsFile golden = SafetensorsFile.open(file)) {
      return TokenBatch.of(kernels.manager(), batch(golden));
    }
  }

  static Batch batch(SafetensorsFile golden) {
    return batch(golden, golden.longs("labels"));
  }

  /** Returns the batch with every token that is no padding as its own label. */
  static Batch batchOfAllTokens(SafetensorsFile golden) {
    long[] labels = golden.longs("input_ids");
    long[] attention = golden.longs("attention_mask");
    Arrays.setAll(labels, at -> attention[at] == 1 ? labels[at] : -100);
    return batch(golden, labels);
  }

  private static Batch batch(SafetensorsFile golden, long[] labels) {
    List<Long> shape = golden.entry("input_ids").shape();
    long[] attention = golden.longs("attention_mask");
    byte[] mask = new byte[attention.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) attention[i];
    }
    return Batch.newBuilder()
        .setStream("golden")
        .setDataEpoch(0)
        .setIndex(0)
        .setTask(labels.length == mask.length ? Task.CAUSAL_LM : Task.CLASSIFICATION)
        .setRows(Math.toIntExact(shape.get(0)))
        .setLength(Math.toIntExact(shape.get(1)))
        .setTokenIds(ints(golden.longs("input_ids")))
        .setAttentionMask(ByteBuffer.wrap(mask))
        .setLabels(ints(labels))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }

  private static ByteBuffer ints(long[] values) {
    return ByteBuffer.wrap(
        LittleEndian.bytes(Arrays.stream(values).mapToInt(Math::toIntExact).toArray()));
  }
}
