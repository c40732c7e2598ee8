package dev.rivulet.trainer.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.InputStream;

/** Tells whether a tensor has a graph behind it, which DJL's own calls do not tell soundly. */
public final class GraphProbe implements AutoCloseable {
  private static final String SOURCE =
      """

        def graph(self: __torch__.M, x: Tensor) -> Tensor:
          return torch.full([], float(ops.prim.requires_grad(x)))
      """;

  private final PtSymbolBlock module;

  public GraphProbe(Kernels kernels) {
    try (InputStream archive = TorchScriptArchive.of(SOURCE)) {
      module = JniUtils.loadModule((PtNDManager) kernels.manager(), archive, true, false);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  public boolean hasGraph(NDArray tensor) {
    try (NDArray method = tensor.getManager().create(0f)) {
      method.setName("module_method:graph");
      tensor.setName(null);
      try (NDList result = IValueUtils.forward(module, new NDList(tensor, method), true)) {
        return result.get(0).getFloat() > 0;
      }
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
