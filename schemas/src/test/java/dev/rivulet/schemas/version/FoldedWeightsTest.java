package dev.rivulet.schemas.version;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.InitialWeight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FoldedWeightsTest {
  private static final int IN = 12;
  private static final int OUT = 34;

  @TempDir private Path folder;

  private static BaseWeight weight(BaseForm form) {
    return form.weight(InitialWeight.drawn(0, "w", IN * OUT, 1), IN, OUT);
  }

  private Optional<FoldedWeight> find(BaseForm form, int most, String origin) throws IOException {
    return new FoldedWeights(folder).find("a.b", form, IN, OUT, most, count -> origin + count);
  }

  private void keep(BaseForm form) throws IOException {
    new FoldedWeights(folder).keep("a.b", new FoldedWeight(weight(form), 3), "origin 3");
  }

  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void find_weightOnTheWay_returnsItsBits(BaseForm form) throws IOException {
    keep(form);
    FoldedWeight found = find(form, 5, "origin ").orElseThrow();
    assertThat(found.folded()).isEqualTo(3);
    assertThat(found.weight().floats()).isEqualTo(weight(form).floats());
    assertThat(found.weight()).hasSameClassAs(weight(form));
  }

  @Test
  void find_otherHistoryOrFurtherOn_findsNone() throws IOException {
    assertThat(find(BaseForm.FP32, 5, "origin ")).isEmpty();
    keep(BaseForm.FP32);
    assertThat(find(BaseForm.FP32, 5, "other ")).isEmpty();
    assertThat(find(BaseForm.FP32, 2, "origin ")).isEmpty();
  }

  @Test
  void find_damagedOrCutFile_findsNone() throws IOException {
    keep(BaseForm.BF16);
    Path file = folder.resolve("a.b.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    byte[] altered = bytes.clone();
    altered[altered.length - 1] ^= 1;
    Files.write(file, altered);
    assertThat(find(BaseForm.BF16, 5, "origin ")).isEmpty();
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThat(find(BaseForm.BF16, 5, "origin ")).isEmpty();
  }
}
