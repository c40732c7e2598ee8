package dev.rivulet.schemas.version;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Weights in their base form as tensors of a safetensors file, without loss and as they lie in
 * memory: NAME F32 or BF16 [in, out]; or for NF4 the codes, NAME U8 [in·out/2], and NAME.absmax F32
 * [blocks].
 */
final class WeightTensors {
  private static final String ABSMAX = ".absmax";

  private WeightTensors() {}

  /** Returns the tensors of a weight. */
  static List<Tensor> of(String name, BaseWeight weight) {
    List<Long> shape = List.of((long) weight.in(), (long) weight.out());
    if (weight instanceof BaseWeight.Float32 dense) {
      return List.of(Tensor.of(name, shape, dense.values()));
    }
    if (weight instanceof BaseWeight.Bf16 narrow) {
      return List.of(new Tensor(name, DType.BF16, shape, () -> bytes(narrow.bits())));
    }
    Nf4Tensor packed = ((BaseWeight.Packed) weight).values();
    long codes = packed.codes().length;
    long blocks = packed.absmax().length;
    return List.of(
        new Tensor(name, DType.U8, List.of(codes), () -> ByteBuffer.wrap(packed.codes())),
        Tensor.of(name + ABSMAX, List.of(blocks), packed.absmax()));
  }

  private static ByteBuffer bytes(short[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(values);
    return bytes;
  }

  /**
   * Returns the weight that a file holds.
   *
   * @throws IllegalArgumentException when it holds none of that name, form and shape
   */
  static BaseWeight read(SafetensorsFile file, String name, BaseForm form, int in, int out) {
    ByteBuffer bytes = file.bytes(name);
    int length = Math.multiplyExact(in, out);
    return switch (form) {
      case FP32 -> new BaseWeight.Float32(in, out, sized(file.floats(name), name, length));
      case BF16 -> {
        short[] bits = new short[requireSize(bytes.remaining() / 2, name, length)];
        bytes.asShortBuffer().get(bits);
        yield new BaseWeight.Bf16(in, out, bits);
      }
      case NF4 -> {
        byte[] codes = new byte[bytes.remaining()];
        bytes.get(codes);
        float[] absmax = file.floats(name + ABSMAX);
        yield new BaseWeight.Packed(in, out, new Nf4Tensor(codes, absmax, length));
      }
    };
  }

  private static float[] sized(float[] values, String name, int length) {
    requireSize(values.length, name, length);
    return values;
  }

  private static int requireSize(int actual, String name, int length) {
    if (actual != length) {
      throw new IllegalArgumentException(
          "tensor %s has %d values, and the model asks for %d".formatted(name, actual, length));
    }
    return actual;
  }
}
