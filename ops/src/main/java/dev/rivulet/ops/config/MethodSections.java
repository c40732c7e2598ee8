package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.method.ProbeConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The sections of the training methods in a configuration file. */
public final class MethodSections {

  /** Reads the settings of one method. */
  private interface Reader {

    /**
     * Reads a method.
     *
     * @param root the whole file, of which it reads its own section
     * @param adam the settings of Adam, which several methods share
     * @param folder where relative paths start
     */
    MethodConfig read(Section root, AdamWConfig adam, Path folder);
  }

  /** Every method, in the order in which the keys are listed. The first is the default. */
  private static final List<Reader> READERS =
      List.of(
          (root, adam, folder) -> AdaRankGradSection.read(root.section("adarankgrad"), adam),
          (root, adam, folder) -> adam,
          (root, adam, folder) -> LoqtSection.read(root.section("loqt"), adam),
          (root, adam, folder) -> LoraSection.read(root.section("lora"), adam, folder),
          (root, adam, folder) -> LozoSection.read(root.section("lozo")),
          (root, adam, folder) -> new ProbeConfig(adam));

  private MethodSections() {}

  /** Reads the settings of every method; the first method is the default. */
  static List<MethodConfig> read(Section root, Path folder) {
    AdamWConfig adam = AdamWSection.read(root.section("adamw"));
    return READERS.stream().map(reader -> reader.read(root, adam, folder)).toList();
  }

  /** Returns every method with its default settings; the first is the default method. */
  public static List<MethodConfig> defaults() {
    Section empty = new Section("", JsonNodeFactory.instance.objectNode(), new Problems(Map.of()));
    return read(empty, Path.of(""));
  }
}
