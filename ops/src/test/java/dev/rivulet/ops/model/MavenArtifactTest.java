package dev.rivulet.ops.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class MavenArtifactTest {
  private static final MavenArtifact ARTIFACT = MavenArtifact.parse("a.group:an-artifact:1.0");

  @TempDir Path folder;

  @Test
  void parse_notCoordinates_saysWhatIsExpected() {
    assertThat(ARTIFACT).isEqualTo(new MavenArtifact("a.group", "an-artifact", "1.0"));
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> MavenArtifact.parse("a:b"))
        .withMessage("'a:b' is not GROUP:ARTIFACT:VERSION");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> MavenArtifact.parse("a:b:c -DevilArg"));
  }

  @Test
  void fetch_keptJar_needsNoMaven() throws Exception {
    Path jar = Files.writeString(folder.resolve("an-artifact-1.0.jar"), "kept");
    assertThat(ARTIFACT.fetch(folder, "no-such-program")).isEqualTo(jar).hasContent("kept");
  }

  @Test
  void fetch_noMaven_saysWhatToDo() {
    Path downloads = folder.resolve("downloads");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ARTIFACT.fetch(downloads, "no-such-program"))
        .withMessageContaining("Maven is needed to fetch a.group:an-artifact:1.0")
        .withMessageContaining("install Maven, or put the jar at ")
        .withMessageContaining("an-artifact-1.0.jar");
    assertThat(downloads).isEmptyDirectory();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void fetch_mavenFails_givesItsReasonAndLeavesNothing() throws Exception {
    Path downloads = folder.resolve("downloads");
    Path mvn =
        script(
            "echo half > an-artifact-1.0.jar; echo '[ERROR] Could not find it -> [Help 1]'; exit"
                + " 1");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ARTIFACT.fetch(downloads, mvn.toString()))
        .withMessageContaining("cannot fetch a.group:an-artifact:1.0: Could not find it. Check")
        .withMessageContaining("or put the jar at " + downloads);
    assertThat(downloads).isEmptyDirectory();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void fetch_noNetwork_triesTheLocalRepository() throws Exception {
    Path mvn =
        script(
            "case \"$*\" in *--offline*) echo local > an-artifact-1.0.jar;;" + " *) exit 1;; esac");
    assertThat(ARTIFACT.fetch(folder.resolve("downloads"), mvn.toString())).hasContent("local");
  }

  private Path script(String body) throws IOException {
    Path script = Files.writeString(folder.resolve("mvn"), "#!/bin/sh\n" + body + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }
}
