package dev.rivulet.ops.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.NativeHeap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The program of the process that {@link PeakMemory} measures. It takes a few steps; the last line
 * of its output is the growth of the resident peak in bytes.
 */
final class PeakProcess {
  /** A method with refreshes has them at steps 1 and 3; the second one seals. */
  private static final int REFRESH_EVERY = 2;

  private static final int STEPS = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  private PeakProcess() {}

  /**
   * The request to the process: JSON in its only argument.
   *
   * @param small Hugging Face directory of the model for the warm-up
   * @param model Hugging Face directory
   * @param rows sequences per batch
   * @param length tokens per sequence
   * @param contender the method that trains
   * @param threads threads of an operator
   */
  record Request(
      String small, String model, int rows, int length, Contender contender, int threads) {
    String json() {
      try {
        return JSON.writeValueAsString(this);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }

    static Request of(String json) throws IOException {
      return JSON.readValue(json, Request.class);
    }
  }

  public static void main(String[] args) throws IOException {
    System.out.println(growth(Request.of(args[0])));
  }

  private static long growth(Request request) throws IOException {
    Workload workload = Workload.of(Path.of(request.model()), request.rows(), request.length());
    Contender contender = request.contender();
    EngineConfig engine =
        new EngineConfig("cpu", request.threads(), Optional.of(contender.precision()));
    try (Kernels kernels = engine.load()) {
      train(kernels, Workload.of(Path.of(request.small()), 2, 32), contender);
      NativeHeap.trim();
      long before = ResidentMemory.now();
      ResidentMemory.forgetPeak();
      train(kernels, workload, contender);
      return ResidentMemory.peak() - before;
    }
  }

  private static void train(Kernels kernels, Workload workload, Contender contender) {
    try (Trial trial = Trial.start(kernels, workload, contender, REFRESH_EVERY)) {
      for (int step = 0; step < STEPS; step++) {
        try (TokenBatch batch = TokenBatch.of(kernels.manager(), workload.batch(step))) {
          trial.step(batch);
        }
      }
    }
  }
}
