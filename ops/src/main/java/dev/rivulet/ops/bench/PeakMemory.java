package dev.rivulet.ops.bench;

import dev.rivulet.ops.pipeline.ChildJvm;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The memory that training takes, measured in a process of its own: how much the resident peak
 * grows from just before the model is loaded, over steps that include two refreshes. A small model
 * has been trained before in the same way: the code of the engine and of the Java VM is no
 * method's.
 *
 * <p>The process has a tight Java heap, and glibc returns large blocks at once when they are freed
 * ({@code mmap_threshold} of 1 MiB); with its usual, moving threshold it keeps freed tensors for
 * later, and the peak would tell of its habits rather than of the method's needs.
 */
final class PeakMemory {
  private static final long MEBIBYTE = 1 << 20;
  private static final String RETURN_FREED = "glibc.malloc.mmap_threshold=1048576";

  private PeakMemory() {}

  /**
   * Returns the growth of the peak, in bytes.
   *
   * @param scratch folder for the process's messages
   * @throws IOException when the process fails; the message has its last words
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
        throw new IOException(
            "the process that measures the memory of %s ended with code %d: %s"
                .formatted(contender.label(), exit, ChildJvm.lastLine(messages)));
      }
      return Long.parseLong(ChildJvm.lastLine(output));
    } finally {
      process.destroyForcibly();
    }
  }

  /** A layer's weight is read, turned and copied in the heap, and sealed factors stay there. */
  private static long heap(Workload workload, Contender contender) {
    MemoryEstimate estimate = workload.estimate(contender);
    long largest =
        workload.shape().layers().stream().mapToLong(layer -> layer.size()).max().orElse(0);
    return 64 * MEBIBYTE + 4 * Float.BYTES * largest + 4 * (estimate.bases() + estimate.factors());
  }
}
