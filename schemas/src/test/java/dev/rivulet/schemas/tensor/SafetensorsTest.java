package dev.rivulet.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void open_writtenTensors_areReadBack() throws Exception {
    Path path = folder.resolve("model.safetensors");
    Tensor weight = Tensor.of("weight", List.of(2L, 3L), new float[] {1, -2, 3.5f, 0, 1e-40f, 6});
    Tensor ids = tensor("ids", DType.I64, List.of(2L), ByteBuffer.allocate(16), 7L, -8L);
    Tensor scalar = Tensor.of("scalar", List.of(), new float[] {9});
    Tensor empty = Tensor.of("empty", List.of(0L, 4L), new float[0]);
    SafetensorsWriter.write(path, Map.of("format", "pt"), List.of(weight, ids, scalar, empty));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.entries().keySet()).containsExactly("ids", "empty", "scalar", "weight");
      assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(file.entry("weight").shape()).containsExactly(2L, 3L);
      assertThat(file.entry("weight").dtype()).isEqualTo(DType.F32);
      assertThat(file.floats("weight")).containsExactly(1, -2, 3.5f, 0, 1e-40f, 6);
      assertThat(file.longs("ids")).containsExactly(7, -8);
      assertThat(file.floats("scalar")).containsExactly(9);
      assertThat(file.floats("empty")).isEmpty();
      assertThat(file.bytes("weight").isReadOnly()).isTrue();
      assertThat(file.bytes("weight").getFloat(4)).isEqualTo(-2);
    }
    assertThat(folder.toFile().list()).containsExactly("model.safetensors");
  }

  @Test
  void write_otherOrder_givesTheSameAlignedBytes() throws Exception {
    Tensor a = Tensor.of("a", List.of(1L), new float[] {1});
    Tensor b = Tensor.of("b", List.of(1L), new float[] {2});
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    SafetensorsWriter.write(one, Map.of("k", "v", "j", "w"), List.of(a, b));
    SafetensorsWriter.write(two, Map.of("j", "w", "k", "v"), List.of(b, a));

    assertThat(one).hasSameBinaryContentAs(two);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(one)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getLong() % 8).isZero();
  }

  @Test
  void write_dataTooShort_keepsTheExistingFile() throws Exception {
    Path path = folder.resolve("model.safetensors");
    SafetensorsWriter.write(path, Map.of(), List.of(Tensor.of("a", List.of(1L), new float[1])));
    byte[] before = Files.readAllBytes(path);

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                SafetensorsWriter.write(
                    path, Map.of(), List.of(Tensor.of("a", List.of(2L, 2L), new float[3]))))
        .withMessageContaining(path.toString())
        .withMessageContaining("tensor 'a': 12 bytes, but F32 [2, 2] takes 16");
    assertThat(path).hasBinaryContent(before);
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void write_duplicateName_isRefused() {
    Tensor a = Tensor.of("a", List.of(1L), new float[1]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), Map.of(), List.of(a, a)))
        .withMessageContaining("the name 'a' is taken");
  }

  @Test
  void floats_halfPrecision_areWidenedExactly() throws Exception {
    Path path = folder.resolve("half");
    short[] halves = {0x3c00, (short) 0xc000, 0x0001, (short) 0x83ff, 0x7bff, 0x7c00, 0x7e00};
    short[] bfloats = {0x3f80, (short) 0xc049, 0x0001};
    SafetensorsWriter.write(
        path,
        Map.of(),
        List.of(shorts("f16", DType.F16, halves), shorts("bf16", DType.BF16, bfloats)));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.floats("f16"))
          .containsExactly(
              1, -2, 0x1p-24f, -1023 * 0x1p-24f, 65504, Float.POSITIVE_INFINITY, Float.NaN);
      assertThat(file.floats("bf16"))
          .containsExactly(1, -3.140625f, Float.intBitsToFloat(0x00010000));
    }
  }

  @Test
  void bytes_tensorBeyondTwoGigabytes_isReadAtItsOffset() throws Exception {
    Path path = folder.resolve("sparse");
    long half = 1L << 30;
    String header =
        """
        {"a":{"dtype":"U8","shape":[1073741824],"data_offsets":[0,1073741824]},\
        "b":{"dtype":"U8","shape":[1073741824],"data_offsets":[1073741824,2147483648]},\
        "c":{"dtype":"F32","shape":[1],"data_offsets":[2147483648,2147483652]},\
        "d":{"dtype":"U8","shape":[2,1073741824],"data_offsets":[2147483652,4294967300]}}\
        """;
    byte[] head = file(header, 0);
    // A sparse file: the holes take no disk space.
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(head.length + 4 * half + 4);
      file.write(head);
      file.seek(head.length + 2 * half);
      file.write(new byte[] {0, 0, (byte) 0x80, 0x3f});
    }

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.floats("c")).containsExactly(1);
      assertThat(file.bytes("b").get((int) half - 1)).isZero();
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> file.bytes("d"))
          .withMessageContaining("tensor 'd': 2147483648 bytes are more than one view can hold");
    }
  }

  @Test
  void floats_tensorOfSeveralPieces_isReadCompletely() throws Exception {
    Path path = folder.resolve("large.safetensors");
    float[] values = new float[700_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    SafetensorsWriter.write(
        path,
        Map.of(),
        List.of(
            Tensor.of("a", List.of(1L), new float[] {-1}),
            Tensor.of("b", List.of(700_001L), values)));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.floats("b")).containsExactly(values);
    }
  }

  @Test
  void floats_fileTruncatedAfterOpening_failsWithFileAndTensor() throws Exception {
    Path path = folder.resolve("cut.safetensors");
    Tensor weight = Tensor.of("weight", List.of(4L), new float[] {1, 2, 3, 4});
    SafetensorsWriter.write(path, Map.of(), List.of(weight));

    try (SafetensorsFile file = SafetensorsFile.open(path);
        RandomAccessFile shorter = new RandomAccessFile(path.toFile(), "rw")) {
      shorter.setLength(shorter.length() - 4);

      assertThatExceptionOfType(DamageException.class)
          .isThrownBy(() -> file.floats("weight"))
          .withMessageContaining("cut.safetensors, tensor 'weight'")
          .withMessageContaining("the file ends early");
    }
  }

  @Test
  void open_missingFile_failsWithItsPath() {
    Path path = folder.resolve("none.safetensors");
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> SafetensorsFile.open(path))
        .withMessage(path + ": no such file");
  }

  @Test
  void read_unsuitableTensor_failsWithNameAndReason() throws Exception {
    Path path = folder.resolve("model");
    Files.write(
        path,
        file(
            """
            {"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},\
            "y":{"dtype":"I32","shape":[1],"data_offsets":[8,12]}}\
            """,
            12));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.entries()).containsKeys("x", "y");
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> file.floats("z"))
          .withMessage(path + " has no tensor 'z'");
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> file.floats("y"))
          .withMessage(path + ", tensor 'y' is I32, not F32, BF16 or F16");
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> file.longs("x"))
          .withMessageContaining("tensor 'x' is F64, not I64, I32 or U8");
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> file.entry("x").dtype())
          .withMessageContaining("tensor 'x' is F64: only");
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}  | tensor 'a': 12 bytes, but F32 [2] takes 8
          {"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}  | tensor 'a': ends at byte 16 of 12
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}} | tensor 'b': begins at byte 4 of the data, where 8 was due
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}  | tensor 'a': begins at byte 4 of the data, where 0 was due
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   | the tensors end at byte 8 of 12
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}   | tensor 'a': data_offsets are [8, 0]
          {"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}   | tensor 'a': unknown dtype 'F33'
          {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}  | tensor 'a': shape holds -2
          {"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}} | tensor 'a': shape holds 1.5
          {"a":{"dtype":"F32","shape":[9e9],"data_offsets":[0,8]}} | tensor 'a': shape holds 9.0E9
          {"a":{"dtype":"F32","data_offsets":[0,8]}}               | tensor 'a': no array 'shape'
          {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}} | is too large
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}} | Duplicate field 'a'
          {"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}} | metadata 'a' is not a string
          {"a":{                                                   | the header is not JSON
          [1,2]                                                    | the header is not a JSON object
          """)
  void open_malformedHeader_failsWithTensorAndProblem(String header, String problem)
      throws Exception {
    Path path = folder.resolve("bad.safetensors");
    Files.write(path, file(header, 12));
    assertThatExceptionOfType(DamageException.class)
        .isThrownBy(() -> SafetensorsFile.open(path))
        .withMessageContaining(path + " is not a sound safetensors file")
        .withMessageContaining(problem);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 bytes are too few", "7, 7 bytes are too few", "9, the header's length is 40"})
  void open_truncatedFile_failsWithTheLengths(int length, String problem) throws Exception {
    Path path = folder.resolve("short.safetensors");
    byte[] whole = file("{                                      }", 0);
    Files.write(path, Arrays.copyOf(whole, length));
    assertThatExceptionOfType(DamageException.class)
        .isThrownBy(() -> SafetensorsFile.open(path))
        .withMessageContaining(problem);
  }

  @Test
  void open_headerLengthBeyondLimits_isRefused() throws Exception {
    Path path = folder.resolve("huge.safetensors");
    for (long length : new long[] {-1, 1, 1L << 40}) {
      Files.write(
          path, ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length).array());
      assertThatExceptionOfType(DamageException.class)
          .isThrownBy(() -> SafetensorsFile.open(path))
          .withMessageContaining(
              "the header's length is %s in a file of 64 bytes"
                  .formatted(Long.toUnsignedString(length)));
    }
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static Tensor shorts(String name, DType dtype, short[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(values);
    return new Tensor(name, dtype, List.of((long) values.length), () -> bytes);
  }

  private static Tensor tensor(
      String name, DType dtype, List<Long> shape, ByteBuffer bytes, long... values) {
    bytes.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
    return new Tensor(name, dtype, shape, () -> bytes);
  }
}
