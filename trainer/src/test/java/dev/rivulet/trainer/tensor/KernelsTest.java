package dev.rivulet.trainer.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelsTest {
  @Test
  void bertEmbed_knownTables_addsAndNormalisesWhatIsNoPadding() {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        NDManager scratch = kernels.manager().newSubManager()) {
      NDArray ids = scratch.create(new long[] {0, 1, 0, 1, 0, 0}, new Shape(2, 3));
      NDArray places = scratch.create(new long[] {0, 1, 3}); // the others are padding
      NDArray word = scratch.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
      NDArray pos = scratch.zeros(new Shape(3, 2));
      NDArray ones = scratch.ones(new Shape(2));
      NDArray zeros = scratch.zeros(new Shape(2));
      NDArray out =
          kernels.callOne(
              scratch,
              "bert_embed",
              List.of(ids, ids.zerosLike(), places),
              List.of(word, pos, pos.duplicate(), ones, zeros),
              new double[] {1e-12, 0});
      assertThat(out.getShape()).isEqualTo(new Shape(3, 2));
      assertThat(out.toFloatArray()).containsExactly(-1f, 1f, -1f, 1f, -1f, 1f);
    }
  }
}
