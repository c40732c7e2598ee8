package dev.rivulet.ops.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.schemas.failure.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NpmPackageTest {
  private static final NpmPackage PACKAGE = new NpmPackage("a-package", "1.0.0");

  @TempDir Path folder;
  private final List<String> told = new ArrayList<>();

  @Test
  void fetch_keptTarball_needsNoNpm() throws Exception {
    Path tarball = Files.writeString(folder.resolve("a-package-1.0.0.tgz"), "kept");
    assertThat(PACKAGE.fetch(folder, told::add, "no-such-program")).isEqualTo(tarball);
    assertThat(told).isEmpty();
  }

  @Test
  void fetch_noNpm_saysWhatToDo() {
    Path downloads = folder.resolve("downloads");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> PACKAGE.fetch(downloads, told::add, "no-such-program"))
        .withMessageContaining("npm is needed to fetch a-package@1.0.0, and 'no-such-program'")
        .withMessageContaining("install Node.js, or put the tarball at ")
        .withMessageContaining("a-package-1.0.0.tgz");
    assertThat(downloads).isEmptyDirectory();
    assertThat(told).containsExactly("fetching a-package@1.0.0 through npm (once)");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void fetch_npmFails_givesItsReasonAndLeavesNothing() throws Exception {
    Path npm = Files.writeString(folder.resolve("npm"), "#!/bin/sh\necho gone; exit 1\n");
    assertThat(npm.toFile().setExecutable(true)).isTrue();
    Path downloads = folder.resolve("downloads");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> PACKAGE.fetch(downloads, told::add, npm.toString()))
        .withMessageContaining("cannot fetch a-package@1.0.0: gone. Check the network");
    assertThat(downloads).isEmptyDirectory();
  }
}
