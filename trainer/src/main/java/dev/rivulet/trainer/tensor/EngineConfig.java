package dev.rivulet.trainer.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.rivulet.schemas.failure.UsageException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where and how the engine computes.
 *
 * @param device {@code auto} (a GPU where there is one), {@code cpu}, or {@code gpu:N}
 * @param threads threads of one operator on a CPU; results are reproducible for a fixed number
 * @param precision type of the matrix products; empty: the faster one, by a short probe
 */
public record EngineConfig(String device, int threads, Optional<Precision> precision) {
  private static final Pattern DEVICE = Pattern.compile("auto|cpu|gpu:\\d+");

  public EngineConfig {
    if (!isDevice(device)) {
      throw new UsageException("device '%s': use auto, cpu or gpu:N".formatted(device));
    }
  }

  /** Returns whether a text names a device. */
  public static boolean isDevice(String text) {
    return DEVICE.matcher(text).matches();
  }

  /**
   * Loads the kernels, for the calling thread.
   *
   * @throws UsageException when there is no such GPU
   */
  public Kernels load() {
    return Kernels.load(engineDevice(), threads);
  }

  private Device engineDevice() {
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
    if (device.equals("cpu") || (device.equals("auto") && gpus == 0)) {
      return Device.cpu();
    }
    int gpu = device.equals("auto") ? 0 : Integer.parseInt(device.substring("gpu:".length()));
    if (gpu >= gpus) {
      throw new UsageException(
          "device %s: the engine sees %d GPUs; use cpu, or give it a libtorch with CUDA (see the README)"
              .formatted(device, gpus));
    }
    return Device.gpu(gpu);
  }
}
