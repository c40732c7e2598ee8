package dev.rivulet.trainer.method;

import ai.djl.Device;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.model.FreshModel;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that trains a fresh LLaMA on batches that are a function of the step, and says what
 * came of it: the SHA-256 of what the method changed, and the mean resident size over the first and
 * the last tenth of the steps. Steps before the first do not count: Java compiles itself meanwhile.
 */
final class TrainingProcess {
  private static final int ROWS = 4;
  private static final int LENGTH = 16;
  private static final int VOCABULARY = 64;
  private static final String CONFIG =
      """
      {"model_type": "llama", "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": 2,
       "num_attention_heads": 2, "vocab_size": %d, "max_position_embeddings": %d}
      """;

  private static final Pattern RESULT = Pattern.compile("([0-9a-f]{64}) (\\S+) (\\S+)");

  private TrainingProcess() {}

  /**
   * What a process says.
   *
   * @param sha256 of all tensors of the last snapshot
   * @param first mean resident bytes over the first tenth of the steps
   * @param last mean resident bytes over the last tenth
   */
  record Result(String sha256, double first, double last) {}

  /** Writes a configuration and fresh weights. */
  static void writeModel(Path folder, int hidden) throws IOException {
    Files.writeString(
        folder.resolve("config.json"), CONFIG.formatted(hidden, 3 * hidden, VOCABULARY, LENGTH));
    FreshModel.write(folder, 1);
  }

  /** Runs a process to its end. */
  static Result run(Path model, Precision precision, int threads, int steps) throws Exception {
    Process process =
        TestJvm.of(
                TrainingProcess.class,
                List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"),
                List.of(
                    model.toString(),
                    precision.name(),
                    Integer.toString(threads),
                    Integer.toString(steps)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new AssertionError("the process failed: " + output);
    }
    Matcher said = RESULT.matcher(output);
    if (!said.find()) {
      throw new AssertionError("the process said nothing: " + output);
    }
    return new Result(
        said.group(1), Double.parseDouble(said.group(2)), Double.parseDouble(said.group(3)));
  }

  public static void main(String[] args) throws Exception {
    int steps = Integer.parseInt(args[3]);
    try (Kernels kernels = Kernels.load(Device.cpu(), Integer.parseInt(args[2]));
        Transformer model =
            ModelLoader.load(kernels, Path.of(args[0]), LoadOptions.classifier(2, 0));
        Method method = AdaRankGradConfig.DEFAULT.start(new MethodContext(model, true, 1.0, 3))) {
      model.setPrecision(Precision.valueOf(args[1]));
      RankSource ranks = FixedRanks.of(8, 4, 6);
      double first = 0;
      double last = 0;
      int warmUp = steps / 10;
      for (int step = 1; step <= warmUp + steps; step++) {
        try (TokenBatch batch = TokenBatch.of(kernels.manager(), batch(step))) {
          if (!method.step(List.of(batch), step, 1e-3, ranks).applied()) {
            throw new AssertionError("step " + step + " was withheld");
          }
        }
        first += step > warmUp && step <= 2 * warmUp ? residentBytes() : 0;
        last += step > steps ? residentBytes() : 0;
      }
      double tenth = Math.max(1, warmUp);
      System.out.println(sha256(method.snapshot()) + " " + first / tenth + " " + last / tenth);
    }
  }

  private static Batch batch(int step) {
    KeyedRandom random = KeyedRandom.of(0, "test-tokens", "", step);
    int[] ids = new int[ROWS * LENGTH];
    byte[] mask = new byte[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) (random.uniform(i) * VOCABULARY);
      mask[i] = 1;
    }
    ByteBuffer tokens = ByteBuffer.wrap(LittleEndian.bytes(ids));
    return Batch.newBuilder()
        .setStream("test")
        .setDataEpoch(0)
        .setIndex(step)
        .setTask(Task.CAUSAL_LM)
        .setRows(ROWS)
        .setLength(LENGTH)
        .setTokenIds(tokens)
        .setAttentionMask(ByteBuffer.wrap(mask))
        .setLabels(tokens.duplicate())
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }

  private static String sha256(Snapshot snapshot) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    List<float[]> all = new ArrayList<>();
    for (List<LayerFactor> factors : List.of(snapshot.sealed(), snapshot.open())) {
      for (LayerFactor factor : factors) {
        all.add(factor.update().left());
        all.add(factor.update().right());
      }
    }
    snapshot.dense().forEach(tensor -> all.add(tensor.values()));
    snapshot.state().forEach(tensor -> all.add(tensor.values()));
    all.forEach(values -> digest.update(LittleEndian.bytes(values)));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static long residentBytes() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
