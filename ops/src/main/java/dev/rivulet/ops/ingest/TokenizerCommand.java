package dev.rivulet.ops.ingest;

import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Format;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.ingest.reader.Texts;
import dev.rivulet.ingest.tokenizer.BytePairTokenizer;
import dev.rivulet.ingest.tokenizer.BytePairTrainer;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code tokenizer} command. */
@Command(
    name = "tokenizer",
    description = "Train tokenizers for new language models.",
    subcommands = TokenizerCommand.Train.class)
public final class TokenizerCommand {

  /** The {@code tokenizer train} command. */
  @Command(
      name = "train",
      description = {
        "Train a byte-level tokenizer on texts, with byte-pair encoding as in GPT-2.",
        "The command writes tokenizer.json and tokenizer_config.json to DIR; <|endoftext|> ends a"
            + " text."
      })
  static final class Train implements Callable<Integer> {
    @Mixin OutputOptions output;

    @Option(
        names = "--vocabulary",
        paramLabel = "N",
        required = true,
        description = "Number of tokens, with 256 for the bytes and 1 for the end of a text.")
    int vocabulary;

    @Option(names = "--output", paramLabel = "DIR", required = true, description = "Model folder.")
    Path directory;

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = "jsonl, csv, tsv or txt. Default: the file's extension")
    @Nullable Format format;

    @Option(
        names = "--text",
        paramLabel = "FIELD",
        defaultValue = "text",
        description = "Field of the text. Default: text")
    String text;

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "Files or folders.")
    List<Path> paths;

    @Override
    public Integer call() throws IOException {
      Path file = directory.resolve("tokenizer.json");
      if (Files.exists(file)) {
        throw new FileAlreadyExistsException(
            file.toString(), null, "the model already has a tokenizer");
      }
      FieldNames defaults = FieldNames.DEFAULT;
      BytePairTrainer trainer = new BytePairTrainer(vocabulary);
      Texts.Summary read =
          Texts.forEach(
              Input.find(paths, format),
              new FieldNames(text, defaults.pair(), defaults.label(), defaults.split()),
              sample -> {
                trainer.add(sample.getText());
                if (sample.getPair() != null) {
                  trainer.add(sample.getPair());
                }
              });
      BytePairTokenizer tokenizer = trainer.train();
      tokenizer.write(directory);
      int tokens = tokenizer.tokens().size();
      output.result(
          "wrote %s: %,d tokens from %,d texts, %,d rejected"
              .formatted(file, tokens, read.samples(), read.rejected()),
          Map.of(
              "tokenizer", file.toString(),
              "tokens", tokens,
              "texts", read.samples(),
              "rejected", read.rejected()));
      return read.rejected() == 0 ? ExitCode.OK : ExitCode.REJECTED;
    }
  }
}
