package dev.rivulet.rankmonitor.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.state.RefreshProgress;
import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.codec.SchemaHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaFormatter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks the published schemas of the state: a newer monitor must read the changelogs of older
 * ones. After changing a schema, publish it: {@code mvn -pl rank-monitor -am test
 * -Dtest=StateSchemaTest -Dsurefire.failIfNoSpecifiedTests=false -Drivulet.schema.publish=true}.
 */
class StateSchemaTest {
  private static final Path HISTORY = Path.of("src", "main", "resources", "schema-history");

  static Stream<Schema> schemas() {
    return Stream.of(RefreshProgress.getClassSchema(), RunState.getClassSchema());
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void newestVersion_isTheCompiledSchemaAndReadsAllOlderOnes(Schema current) throws IOException {
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
    assertThat(versions)
        .allSatisfy(
            version ->
                assertThat(
                        SchemaCompatibility.checkReaderWriterCompatibility(current, version)
                            .getType())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE));
  }
}
