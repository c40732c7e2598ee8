package dev.rivulet.schemas.tensor;

import dev.rivulet.schemas.record.DType;
import java.util.Arrays;
import java.util.Optional;

/** An element type that a safetensors file can name, in the order of the format's reference. */
public enum ElementType {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E5M2(1),
  F8_E4M3(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  F64(8),
  I64(8),
  U64(8);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Returns the element type of a tensor in the log. */
  public static ElementType of(DType dtype) {
    return valueOf(dtype.name());
  }

  /** Returns the element type of a name, if there is one. */
  static Optional<ElementType> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /** Returns the bytes that one element takes. */
  public int bytes() {
    return bytes;
  }

  /** Returns the same type in the log, or nothing when the log has no such tensors. */
  public Optional<DType> dtype() {
    return Arrays.stream(DType.values()).filter(d -> d.name().equals(name())).findFirst();
  }
}
