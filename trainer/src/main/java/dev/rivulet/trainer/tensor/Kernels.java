package dev.rivulet.trainer.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The engine's kernels, and the only door to them. Their source is TorchScript in the resources
 * {@code /kernels/*.py}; the engine compiles it when this object is made.
 *
 * <p>DJL's own array type lacks much of what training needs (fused attention, cross-entropy, QR,
 * eigen-decomposition, vector-Jacobian products); through a scripted module every operator of the
 * engine is within reach, and a whole block's recompute and gradient is one call.
 *
 * <p>Not thread-safe: kernels belong to the thread that loaded them, because the engine keeps its
 * graph settings per thread. Tensors pass without a copy.
 */
public final class Kernels implements AutoCloseable {
  private static final List<String> SOURCES =
      List.of("autograd.py", "linear.py", "nf4.py", "optimizer.py", "parts.py", "spectrum.py");

  /** Model families; each has a source of its own, and an instance of {@code stack.py}. */
  private static final List<String> FAMILIES = List.of("bert", "llama");

  /** What of a family's stack runs by itself; each has an instance of {@code piece.py}. */
  private static final List<String> PIECES = List.of("block", "attention");

  private final NDManager manager;
  private final PtSymbolBlock module;

  private Kernels(NDManager manager, PtSymbolBlock module) {
    this.manager = manager;
    this.module = module;
  }

  /**
   * Loads the kernels on a device, for the calling thread.
   *
   * @param threads threads of one operator
   */
  public static Kernels load(Device device, int threads) {
    Engine engine = Engine.getEngine("PyTorch");
    JniUtils.setNumThreads(threads);
    // The profiling executor breaks gradients of mixed precision and changes bits between calls.
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(true);
    NDManager manager = engine.newBaseManager(device);
    StringBuilder methods = new StringBuilder();
    SOURCES.forEach(source -> methods.append(read(source)));
    for (String family : FAMILIES) {
      methods.append(read(family + ".py"));
      methods.append(read("stack.py").replace("FAMILY", family));
      for (String piece : PIECES) {
        methods.append(read("piece.py").replace("PIECE", family + "_" + piece));
      }
    }
    PtSymbolBlock module;
    try (InputStream archive = TorchScriptArchive.of(methods.toString())) {
      module = JniUtils.loadModule((PtNDManager) manager, archive, true, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Kernels(manager, module);
  }

  /** Returns the manager that owns what lives as long as these kernels. */
  public NDManager manager() {
    return manager;
  }

  /** Returns name and version of the engine, as a checkpoint's provenance has them. */
  public String engine() {
    return manager.getEngine().getEngineName() + " " + manager.getEngine().getVersion();
  }

  /** Returns the device that the kernels run on, such as {@code cpu()}. */
  public String device() {
    return manager.getDevice().toString();
  }

  /**
   * Calls a kernel.
   *
   * @param owner the manager that is to own the results
   * @param kernel name of the kernel
   * @param arguments in the kernel's order: an {@link NDArray}, a {@code List<NDArray>} (not
   *     empty), or a {@code double[]} of numbers, which stay on the host: to read them, a kernel
   *     does not wait for the device
   * @return the results, in order
   * @throws EngineException when the engine refuses; the message names the operator and the shapes
   */
  public NDList call(NDManager owner, String kernel, Object... arguments) {
    try (NDManager scratch = manager.newSubManager(Device.cpu())) {
      NDList inputs = new NDList();
      for (int i = 0; i < arguments.length; i++) {
        add(inputs, arguments[i], "a" + i, scratch);
      }
      NDArray method = scratch.create(0f);
      method.setName("module_method:" + kernel);
      inputs.add(method);
      NDList results = IValueUtils.forward(module, inputs, true);
      results.attach(owner);
      return results;
    }
  }

  /** Calls a kernel of one result. */
  public NDArray callOne(NDManager owner, String kernel, Object... arguments) {
    return call(owner, kernel, arguments).get(0);
  }

  private static void add(NDList inputs, Object argument, String name, NDManager scratch) {
    if (argument instanceof NDArray array) {
      array.setName(null);
      inputs.add(array);
    } else if (argument instanceof double[] numbers) {
      inputs.add(scratch.create(numbers, new Shape(numbers.length)));
    } else if (argument instanceof List<?> list) {
      for (Object element : list) {
        NDArray array = (NDArray) element;
        array.setName(name + "[]");
        inputs.add(array);
      }
    } else {
      throw new IllegalArgumentException("not a kernel argument: " + argument.getClass());
    }
  }

  private static String read(String source) {
    try (InputStream in = Kernels.class.getResourceAsStream("/kernels/" + source)) {
      if (in == null) {
        throw new IllegalStateException("kernel source /kernels/" + source + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
