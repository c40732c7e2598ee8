package dev.rivulet.schemas.version;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Weights in their base form as tensors of a safetensors file, without loss and as they lie in
 * memory: NAME F32 or BF16 [in, out]; or for NF4 the codes, NAME U8 [in·out/2], and NAME.absmax F32
 * [blocks]; or with double quantisation NAME.absmax U8 [blocks], and NAME.scales F32 as {@link
 * QuantizedAbsmax#scales} gives them.
 */
final class WeightTensors {
  private static final String ABSMAX = ".absmax";
  private static final String SCALES = ".scales";

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
    if (weight instanceof BaseWeight.DoublyPacked twice) {
      QuantizedAbsmax absmax = twice.absmax();
      return List.of(
          codes(name, twice.codes()),
          codes(name + ABSMAX, absmax.codes()),
          Tensor.of(name + SCALES, List.of(absmax.scales().length + 0L), absmax.scales()));
    }
    Nf4Tensor packed = ((BaseWeight.Packed) weight).values();
    long blocks = packed.absmax().length;
    return List.of(
        codes(name, packed.codes()), Tensor.of(name + ABSMAX, List.of(blocks), packed.absmax()));
  }

  /** Returns the names of the tensors of a weight of a given form. */
  static List<String> names(String name, BaseForm form) {
    return of(name, form.weight(new float[0], 0, 0)).stream().map(Tensor::name).toList();
  }

  /** Returns the tensors of a weight of a given form and shape, which is made when one is due. */
  static List<Tensor> of(String name, BaseForm form, int in, int out, Supplier<BaseWeight> weight) {
    List<Tensor> tensors = new ArrayList<>();
    for (Tensor tensor : of(name, form.weight(new float[0], 0, 0))) {
      List<Long> shape =
          form.isPacked()
              ? List.of(packedSize(tensor.name(), (long) in * out))
              : List.of((long) in, (long) out);
      int at = tensors.size();
      tensors.add(
          new Tensor(
              tensor.name(),
              tensor.dtype(),
              shape,
              () -> of(name, weight.get()).get(at).data().get()));
    }
    return tensors;
  }

  /** Returns the elements of a tensor of a packed weight. */
  private static long packedSize(String tensor, long length) {
    long blocks = (length + Nf4.BLOCK - 1) / Nf4.BLOCK;
    if (tensor.endsWith(ABSMAX)) {
      return blocks;
    }
    return tensor.endsWith(SCALES)
        ? (blocks + QuantizedAbsmax.BLOCK - 1) / QuantizedAbsmax.BLOCK + 1
        : (length + 1) / 2;
  }

  private static Tensor codes(String name, byte[] codes) {
    return new Tensor(name, DType.U8, List.of((long) codes.length), () -> ByteBuffer.wrap(codes));
  }

  private static ByteBuffer bytes(short[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(values);
    return bytes;
  }

  /**
   * Returns the weight that a file holds.
   *
   * @throws UsageException when it holds none of that name, form and shape
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
        float[] absmax = file.floats(name + ABSMAX);
        yield new BaseWeight.Packed(in, out, new Nf4Tensor(codes(bytes), absmax, length));
      }
      case NF4_DQ ->
          new BaseWeight.DoublyPacked(
              in,
              out,
              codes(bytes),
              QuantizedAbsmax.of(codes(file.bytes(name + ABSMAX)), file.floats(name + SCALES)));
    };
  }

  private static byte[] codes(ByteBuffer bytes) {
    byte[] codes = new byte[bytes.remaining()];
    bytes.get(codes);
    return codes;
  }

  private static float[] sized(float[] values, String name, int length) {
    requireSize(values.length, name, length);
    return values;
  }

  private static int requireSize(int actual, String name, int length) {
    if (actual != length) {
      throw new UsageException(
          "tensor %s has %d values, and the model asks for %d".formatted(name, actual, length));
    }
    return actual;
  }
}
