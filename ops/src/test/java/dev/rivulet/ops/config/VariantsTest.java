package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ops.config.Variants.Request;
import dev.rivulet.ops.config.Variants.Variant;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariantsTest {
  private static final String BASE =
      """
      run: reviews
      model: {path: minilm, labels: [no, yes]}
      kafka: {address: "kafka:9092", clientSettings: client.properties}
      data: {batchSize: 8}
      train: {steps: 400, learningRate: 1e-4}
      adarankgrad: {scale: 2, refreshEvery: 50}
      """;
  private static final String OVERLAYS =
      """
      variants:
        adamw: {train: {method: adamw, learningRate: 5e-5}}
        rank-8:
          train: {method: adarankgrad}
          adarankgrad: {minRank: 8, maxRank: 8}
        nf4: {engine: {base: nf4}, adarankgrad: {scale: null}}
      """;

  private final Path folder;

  VariantsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void model() throws IOException {
    Files.createDirectory(folder.resolve("minilm"));
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.createFile(folder.resolve("minilm").resolve(file));
    }
  }

  @Test
  void load_overlays_mergedKeyByKey() throws IOException {
    List<Variant> variants = load(BASE, OVERLAYS, List.of(), List.of(3L), null);

    assertThat(variants).extracting(Variant::name).containsExactly("adamw", "rank-8", "nf4");
    RunConfig adamw = variants.get(0).config();
    assertThat(adamw.trainer().method()).isInstanceOf(AdamWConfig.class);
    assertThat(adamw.trainer().optimization().learningRate().peak()).isEqualTo(5e-5);
    assertThat(adamw.trainer().optimization().steps()).isEqualTo(400);
    AdaRankGradConfig rank8 = ranks(variants.get(1));
    assertThat(rank8.minRank()).isEqualTo(8);
    assertThat(rank8.maxRank()).isEqualTo(8);
    // The section is merged, not replaced: the base's other keys still hold.
    assertThat(rank8.refresh().every()).isEqualTo(50);
    assertThat(rank8.scale()).isEqualTo(2);
    assertThat(variants.get(2).config().trainer().model().base()).isEqualTo(BaseForm.NF4);
    assertThat(ranks(variants.get(2)).scale()).isEqualTo(AdaRankGradConfig.DEFAULT.scale());
    assertThat(ranks(variants.get(2)).minRank()).isEqualTo(1);
  }

  @Test
  void load_seeds_eachWithARunPerVariantAndOneStreamForAll() throws IOException {
    List<Variant> variants = load(BASE, OVERLAYS, List.of("rank-8", "adamw"), List.of(0L, 7L), 9L);

    assertThat(variants)
        .extracting(variant -> variant.config().trainer().run())
        .containsExactly(
            "reviews-rank-8-s0", "reviews-adamw-s0", "reviews-rank-8-s7", "reviews-adamw-s7");
    assertThat(variants)
        .extracting(variant -> variant.config().packer().stream())
        .containsExactly("reviews-s0", "reviews-s0", "reviews-s7", "reviews-s7");
    assertThat(variants)
        .allSatisfy(
            variant -> {
              assertThat(variant.config().trainer().stream())
                  .isEqualTo(variant.config().packer().stream());
              assertThat(variant.config().trainer().seed()).isEqualTo(variant.seed());
              assertThat(variant.config().packer().seed()).isEqualTo(variant.seed());
              assertThat(variant.config().trainer().optimization().steps()).isEqualTo(9);
            });
    assertThat(variants.get(0).config().packer()).isEqualTo(variants.get(1).config().packer());
  }

  @Test
  void load_withoutAFile_namesAreMethods() throws IOException {
    List<Variant> variants =
        load(BASE, null, List.of("adamw", "adarankgrad", "adamw"), List.of(0L), null);

    assertThat(variants)
        .extracting(variant -> variant.config().trainer().method().name())
        .containsExactly("adamw", "adarankgrad");
  }

  @Test
  void yaml_movedElsewhere_saysTheSame() throws IOException {
    Variant variant = load(BASE, OVERLAYS, List.of("nf4"), List.of(1L), null).get(0);
    Path elsewhere = Files.createDirectories(folder.resolve("other/place")).resolve("run.yaml");
    Files.writeString(elsewhere, variant.yaml());

    RunConfig read = RunConfig.load(elsewhere);

    assertThat(read.trainer()).isEqualTo(variant.config().trainer());
    assertThat(read.packer()).isEqualTo(variant.config().packer());
    assertThat(variant.yaml()).doesNotContain("client.properties");
  }

  @Test
  void load_wrongKeys_allToldWithVariantKeyAndLine() {
    String overlays =
        """
        variants:
          adamw: {train: {learningRate: 0}}
          wide: {adarankgrad: {maxRnk: 64}}
          longer:
            data: {maxLength: 128}
            train: {steps: 800, seed: 1}
        """;

    assertThatThrownBy(
            () ->
                load(
                    BASE + "engin: {}\n",
                    overlays,
                    List.of("adamw", "wide", "longer", "galor"),
                    List.of(0L, 1L),
                    null))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(
            "%s, %s: 7 problems\n  "
                .formatted(folder.resolve("run.yaml"), folder.resolve("variants.yaml")))
        .hasMessageContainingAll(
            "\n  variant adamw: train.learningRate: 0 (variants.yaml, line 2) must be",
            "\n  variant wide: adarankgrad.maxRnk: unknown key (variants.yaml, line 3), did you",
            "\n  all variants: engin: unknown key (run.yaml, line 7), did you mean engine?",
            "\n  variant longer: data (variants.yaml, line 5): all variants have it in common",
            "\n"
                + "  variant longer: train.seed (variants.yaml, line 6): all variants have it in"
                + " common",
            "\n  variant longer: train.steps (variants.yaml, line 6): all variants",
            "\n  variant galor: train.method: \"galor\" must be one of adarankgrad, adamw",
            "; no variant of variants.yaml has that name (it has: adamw, wide, longer)");
  }

  @Test
  void load_fileOfSomethingElse_refused() {
    assertThatThrownBy(
            () -> load(BASE, "variant: {a: {}}\nvariants: {b: 4}\n", List.of(), List.of(0L), null))
        .hasMessageContainingAll(
            "variants.b: 4 (variants.yaml, line 2) must be a section of keys and values",
            "variant: unknown key (variants.yaml, line 1), did you mean variants?");
    assertThatThrownBy(() -> load(BASE, "variants: {'a b': {}}\n", List.of(), List.of(0L), null))
        .hasMessageContaining("variant name 'a b': use 1 to 100 letters");
    assertThatThrownBy(() -> load(BASE, null, List.of(), List.of(0L), null))
        .hasMessageContaining("no variants: name methods, or variants of a file");
  }

  @Test
  void load_endlessStream_refused() {
    assertThatThrownBy(
            () ->
                load(
                    BASE.replace("batchSize: 8", "follow: true"),
                    null,
                    List.of("adamw"),
                    List.of(0L),
                    null))
        .hasMessageContaining(
            "variant adamw: data.follow (run.yaml, line 4): a comparison needs batches that come");
  }

  private static AdaRankGradConfig ranks(Variant variant) {
    return (AdaRankGradConfig) variant.config().trainer().method();
  }

  private List<Variant> load(
      String base,
      @Nullable String overlays,
      List<String> names,
      List<Long> seeds,
      @Nullable Long steps)
      throws IOException {
    Path file = Files.writeString(folder.resolve("run.yaml"), base);
    Path variants = folder.resolve("variants.yaml");
    if (overlays != null) {
      Files.writeString(variants, overlays);
    }
    return Variants.load(
            file,
            overlays == null ? Optional.empty() : Optional.of(variants),
            new Request(names, seeds, steps, false))
        .all();
  }
}
