package dev.rivulet.ingest.reader;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.topic.DeadLetter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** All readings of an input. */
record Readings(List<Reading> all) {

  static Readings of(Format format, String text) throws IOException {
    return of(format, text.getBytes(StandardCharsets.UTF_8), FieldNames.DEFAULT);
  }

  static Readings of(Format format, byte[] bytes, FieldNames names) throws IOException {
    Input input = new Input.StreamInput(new ByteArrayInputStream(bytes), "stdin", format);
    List<Reading> all = new ArrayList<>();
    try (SampleReader reader = SampleReader.open(input, names)) {
      for (Reading reading = reader.next(); reading != null; reading = reader.next()) {
        all.add(reading);
      }
      assertThat(reader.bytesRead()).isEqualTo(bytes.length);
    }
    return new Readings(all);
  }

  List<String> texts() {
    return samples().stream().map(Sample::getText).toList();
  }

  List<Sample> samples() {
    return all.stream()
        .filter(Reading.Accepted.class::isInstance)
        .map(reading -> ((Reading.Accepted) reading).sample())
        .toList();
  }

  List<Reading.Rejected> rejections() {
    return all.stream()
        .filter(Reading.Rejected.class::isInstance)
        .map(Reading.Rejected.class::cast)
        .toList();
  }

  /** Returns the rejected lines, as text. */
  List<String> rejected() {
    return rejections().stream()
        .map(rejection -> new String(rejection.bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  /** Returns the reason of the only rejection, and checks its line. */
  String reason(long line) {
    assertThat(rejections()).hasSize(1);
    DeadLetter letter = rejections().get(0).letter();
    assertThat(letter.origin()).isEqualTo(new DeadLetter.Line("stdin", line));
    return letter.reason();
  }
}
