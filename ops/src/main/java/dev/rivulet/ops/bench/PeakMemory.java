package dev.rivulet.ops.bench;

import dev.rivulet.ops.pipeline.ChildJvm;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The peak memory of training, measured in a separate process: the growth of the resident peak
 * since just before the model is loaded, over steps that include two refreshes. A small model is
 * trained first in the same way, so that the code of the engine and of the Java VM does not count.
 *
 * <p>The process has a small Java heap, and glibc returns large blocks as soon as they are freed
 * ({@code mmap_threshold} of 1 MiB). With its default, dynamic threshold it keeps freed tensors,
 * and the peak would measure the allocator instead of the method.
 */
final class PeakMemory {
  private static final long MEBIBYTE = 1 << 20;
  private static final String RETURN_FREED = "glibc.malloc.mmap_threshold=1048576";

  private PeakMemory() {}

  /**
   * Returns the growth of the peak, in bytes.
   *
   * @param scratch folder for the log of the process
   * @throws IOException when the process fails; the message contains its last line of output
   */
  static long measure(Workload workload, Contender contender, int threads, Path scratch)
      throws IOException, InterruptedException {
    Path messages = scratch.resolve("peak.log");
    PeakProcess.Request request =
        new PeakProcess.Request(
            BenchModel.small(scratch).toAbsolutePath().toString(),
            workload.model().toAbsolutePath().toString(),
            workload.rows(),
            workload.length(),
            contender,
            threads);
    ProcessBuilder builder =
        ChildJvm.of(
                List.of(
                    "-Xms16m",
                    "-Xmn8m",
                    "-Xmx" + heap(workload, contender),
                    "-XX:MinHeapFreeRatio=10",
                    "-XX:MaxHeapFreeRatio=20"),
                scratch.resolve("crash.log"),
                PeakProcess.class,
                List.of(request.json()))
            .redirectError(messages.toFile());
    builder.environment().put("GLIBC_TUNABLES", RETURN_FREED);
    Process process = builder.start();
    try {
      int exit = process.waitFor();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (exit != 0) {
        throw new RunException(
            "the process that measures the memory of %s ended with code %d: %s"
                .formatted(contender.label(), exit, ChildJvm.lastLine(messages)));
      }
      return Long.parseLong(ChildJvm.lastLine(output));
    } finally {
      process.destroyForcibly();
    }
  }

  /** A layer's weight is read, transposed and copied on the heap; sealed factors stay there. */
  private static long heap(Workload workload, Contender contender) {
    MemoryEstimate estimate = workload.estimate(contender);
    long largest =
        workload.shape().layers().stream().mapToLong(layer -> layer.size()).max().orElse(0);
    return 64 * MEBIBYTE + 4 * Float.BYTES * largest + 4 * (estimate.bases() + estimate.factors());
  }
}
