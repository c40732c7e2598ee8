package dev.rivulet.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.tensor.SafetensorsWriter.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseHashTest {
  private static final Tensor A = Tensor.of("a", List.of(1L, 2L), new float[] {1, 2});
  private static final Tensor B = Tensor.of("b", List.of(), new float[] {3});

  @TempDir Path folder;

  /** The expected value is from `sha256sum` over the documented lines. */
  @Test
  void of_twoTensors_isTheHashOfTheSortedLines() throws Exception {
    try (SafetensorsFile file = write("one", Map.of(), A, B)) {
      assertThat(BaseHash.of(file))
          .isEqualTo("af8c0ac692aec6716c94d36c3694c01417042f93de0a5edfda740bf524e32aa7");
    }
  }

  @Test
  void of_otherFilesOrMetadata_isTheSame() throws Exception {
    try (SafetensorsFile one = write("one", Map.of(), A, B);
        SafetensorsFile two = write("two", Map.of("format", "pt"), B);
        SafetensorsFile three = write("three", Map.of(), A)) {
      assertThat(BaseHash.of(two, three)).isEqualTo(BaseHash.of(one));
    }
  }

  @Test
  void of_otherValueShapeOrName_differs() throws Exception {
    try (SafetensorsFile base = write("base", Map.of(), A);
        SafetensorsFile value =
            write("value", Map.of(), Tensor.of("a", List.of(1L, 2L), new float[] {1, -2}));
        SafetensorsFile shape =
            write("shape", Map.of(), Tensor.of("a", List.of(2L, 1L), new float[] {1, 2}));
        SafetensorsFile name =
            write("name", Map.of(), Tensor.of("c", List.of(1L, 2L), new float[] {1, 2}))) {
      assertThat(List.of(BaseHash.of(value), BaseHash.of(shape), BaseHash.of(name)))
          .doesNotHaveDuplicates()
          .doesNotContain(BaseHash.of(base));
    }
  }

  @Test
  void of_tensorInTwoFiles_isRefused() throws Exception {
    try (SafetensorsFile one = write("one", Map.of(), A, B);
        SafetensorsFile two = write("two", Map.of(), A)) {
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> BaseHash.of(one, two))
          .withMessage(folder.resolve("two") + ": the tensor 'a' is in another file too");
    }
  }

  private SafetensorsFile write(String name, Map<String, String> metadata, Tensor... tensors)
      throws Exception {
    Path path = folder.resolve(name);
    SafetensorsWriter.write(path, metadata, List.of(tensors));
    return SafetensorsFile.open(path);
  }
}
