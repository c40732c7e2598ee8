package dev.rivulet.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Snapshot;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorChunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaFormatter;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks the published schemas against the compiled ones. After changing a schema, publish it:
 *
 * <pre>mvn -pl schemas test -Dtest=SchemaHistoryTest -Drivulet.schema.publish=true</pre>
 *
 * writes the next version of each schema that differs from its newest published version.
 */
class SchemaHistoryTest {
  private static final Path HISTORY = Path.of("src", "main", "resources", "schema-history");

  static Stream<Class<? extends SpecificRecord>> records() {
    return Stream.of(
        Sample.class,
        Batch.class,
        Spectrum.class,
        Step.class,
        RankDecision.class,
        Command.class,
        TensorChunk.class,
        Manifest.class,
        Snapshot.class);
  }

  @ParameterizedTest
  @MethodSource("records")
  void newestVersion_isTheCompiledSchema(Class<? extends SpecificRecord> type) throws IOException {
    Schema current = SpecificData.get().getSchema(type);
    List<Schema> versions = SchemaHistory.versions(current.getName());
    boolean published = !versions.isEmpty() && versions.get(versions.size() - 1).equals(current);
    if (!published && Boolean.getBoolean("rivulet.schema.publish")) {
      Path folder = Files.createDirectories(HISTORY.resolve(current.getName()));
      Path file = folder.resolve((versions.size() + 1) + ".avsc");
      Files.writeString(file, SchemaFormatter.format("json/pretty", current) + "\n");
      return;
    }
    assertThat(published)
        .as("%s has changed: publish it with -Drivulet.schema.publish=true", current.getName())
        .isTrue();
  }

  @ParameterizedTest
  @MethodSource("records")
  void everyVersion_isReadByTheCurrentClass(Class<? extends SpecificRecord> type) {
    String name = type.getSimpleName();
    AvroCodec<? extends SpecificRecord> codec = AvroCodec.of(type);
    for (Schema version : SchemaHistory.versions(name)) {
      SpecificRecord record = codec.decode(PopulatedRecord.bytes(version));
      assertThat(record).isInstanceOf(type);
      for (Schema.Field field : record.getSchema().getFields()) {
        if (version.getField(field.name()) != null) {
          assertThat(record.get(field.pos())).as("%s.%s", name, field.name()).isNotNull();
        }
      }
    }
  }
}
