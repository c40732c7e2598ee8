package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.trainer.tensor.Kernels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Text from a small random model. */
class ContinuationTest {
  private static final Path LLAMA = Golden.directory("llama-gqa");
  private static final Sampler GREEDY = new Sampler(0, 0, 0);
  private static final int NO_END = -1;
  private static final int[] PROMPT = {5, 1, 9};

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final Transformer model = ModelLoader.load(kernels, LLAMA, LoadOptions.classifier(2, 0));

  @AfterEach
  void close() {
    model.close();
    kernels.close();
  }

  @Test
  void nextLogits_sequence_areThoseOfItsLastPositionInABatch() throws Exception {
    try (SafetensorsFile golden = SafetensorsFile.open(LLAMA.resolve("golden.safetensors"));
        TokenBatch batch = TokenBatch.of(kernels.manager(), Golden.batchOfAllTokens(golden))) {
      int[] row =
          Arrays.stream(golden.longs("input_ids"))
              .limit(batch.length())
              .mapToInt(i -> (int) i)
              .toArray();
      float[] all = model.logits(batch); // [targets, vocabulary]
      float[] next = model.nextLogits(Arrays.copyOf(row, 4));
      int vocabulary = next.length;
      assertThat(next)
          .containsExactly(Arrays.copyOfRange(all, 3 * vocabulary, 4 * vocabulary), within(1e-5f));
    }
  }

  @Test
  void write_greedy_takesTheMostLikelyTokenEachTime() {
    List<Integer> written = write(PROMPT, GREEDY, NO_END, 6);

    assertThat(written).hasSize(6);
    List<Integer> sequence = new ArrayList<>(List.of(5, 1, 9));
    for (int token : written) {
      float[] logits = model.nextLogits(sequence.stream().mapToInt(i -> i).toArray());
      for (float logit : logits) {
        assertThat(logits[token]).isGreaterThanOrEqualTo(logit);
      }
      sequence.add(token);
    }
  }

  @Test
  void write_endToken_endsTheTextUnwritten() {
    Sampler sampler = new Sampler(1, 0, 3);
    List<Integer> written = write(PROMPT, sampler, NO_END, 6);
    int end = written.get(3);

    assertThat(write(PROMPT, sampler, end, 6)).isEqualTo(written.subList(0, written.indexOf(end)));
  }

  @Test
  void write_pastTheLongestSequence_leavesOutTheOldest() {
    int longest = model.maxLength();
    int[] prompt = new int[longest];
    Arrays.setAll(prompt, i -> i % 7);
    List<Integer> written = write(prompt, GREEDY, NO_END, 8);

    int[] window = prompt;
    for (int token : written) {
      assertThat(token).isEqualTo(GREEDY.choose(model.nextLogits(window), 0));
      int[] next = new int[longest];
      System.arraycopy(window, 1, next, 0, longest - 1);
      next[longest - 1] = token;
      window = next;
    }
  }

  @Test
  void write_interrupted_ends() {
    Thread.currentThread().interrupt();
    assertThat(write(PROMPT, GREEDY, NO_END, 6)).isEmpty();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void write_noPromptOrUnknownToken_isRefused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> write(new int[0], GREEDY, NO_END, 1))
        .withMessageContaining("give at least one");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> write(new int[] {1_000_000}, GREEDY, NO_END, 1))
        .withMessageContaining("token 1000000: the model has");
  }

  @Test
  void write_classifier_isRefused() {
    Path bert = Golden.directory("bert-classifier");
    try (Transformer classifier = ModelLoader.load(kernels, bert, LoadOptions.classifier(3, 0))) {
      assertThatExceptionOfType(RunException.class)
          .isThrownBy(() -> classifier.nextLogits(PROMPT))
          .withMessageContaining("CLASSIFICATION");
    }
  }

  private List<Integer> write(int[] prompt, Sampler sampler, int end, int tokens) {
    List<Integer> written = new ArrayList<>();
    new Continuation(model, sampler, end).write(prompt, tokens, written::add);
    return written;
  }
}
