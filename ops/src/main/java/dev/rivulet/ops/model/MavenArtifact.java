package dev.rivulet.ops.model;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A jar in a Maven repository. It is fetched once, through the installed Maven with the user's own
 * settings (mirrors, proxies), and kept.
 *
 * @param group its groupId
 * @param artifact its artifactId
 * @param version its version, no range
 */
public record MavenArtifact(String group, String artifact, String version) {
  private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

  /**
   * Returns the artifact of some coordinates.
   *
   * @param coordinates GROUP:ARTIFACT:VERSION
   * @throws UsageException when they are not
   */
  public static MavenArtifact parse(String coordinates) {
    if (!coordinates.matches("[\\w.-]+:[\\w.-]+:[\\w.-]+")) {
      throw new UsageException("'%s' is not GROUP:ARTIFACT:VERSION".formatted(coordinates));
    }
    String[] parts = coordinates.split(":", -1);
    return new MavenArtifact(parts[0], parts[1], parts[2]);
  }

  /** Returns GROUP:ARTIFACT:VERSION. */
  public String coordinates() {
    return group + ":" + artifact + ":" + version;
  }

  /** Returns the name of the jar. */
  public String fileName() {
    return artifact + "-" + version + ".jar";
  }

  /**
   * Returns whether the jar is kept already, so that {@link #fetch} needs neither Maven nor net.
   */
  public boolean isKept(Path downloads) {
    return Files.isRegularFile(downloads.resolve(fileName()));
  }

  /** Tells that {@link #fetch} is going to take long, when it is. */
  public void announce(Path downloads, Consumer<String> tell) {
    if (!isKept(downloads)) {
      tell.accept("fetching %s through Maven (once)".formatted(coordinates()));
    }
  }

  /**
   * Returns the jar, after fetching it if it is not kept already.
   *
   * @param downloads the folder it is kept in; made when missing
   * @throws IOException when it cannot be had; the message says why and what to do
   */
  public Path fetch(Path downloads) throws IOException {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    return fetch(downloads, windows ? "mvn.cmd" : "mvn");
  }

  Path fetch(Path downloads, String mvn) throws IOException {
    Path jar = downloads.resolve(fileName());
    if (isKept(downloads)) {
      return jar;
    }
    try (ScratchFolder scratch = ScratchFolder.in(downloads)) {
      Path folder = scratch.path();
      ToolRun online = run(mvn, folder, List.of());
      if (online.exit() != 0 && run(mvn, folder, List.of("--offline")).exit() != 0) {
        throw new UsageException(
            "cannot fetch %s: %s. Check the network and Maven's settings, or put the jar at %s yourself"
                .formatted(coordinates(), reason(online.output()), jar));
      }
      Path copy = folder.resolve(fileName());
      return Files.move(copy, jar, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private ToolRun run(String mvn, Path folder, List<String> options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                mvn,
                "--quiet",
                "--batch-mode",
                COPY,
                "-Dartifact=" + coordinates() + ":jar",
                "-DoutputDirectory=" + folder,
                "-Dmdep.useBaseVersion=true"));
    command.addAll(options);
    return ToolRun.of(
        command,
        folder,
        "Maven is needed to fetch %s, and '%s' cannot be run: install Maven, or put the jar at %s yourself"
            .formatted(coordinates(), mvn, folder.resolveSibling(fileName())));
  }

  private static String reason(List<String> output) {
    return output.stream()
        .filter(line -> line.contains("ERROR"))
        .map(line -> line.replaceAll("\\x1b\\[[0-9;]*m", "").replaceFirst("^\\[ERROR] ", ""))
        .map(line -> line.replaceFirst(" -> \\[Help 1]$", ""))
        .findFirst()
        .orElse("Maven made no file and gave no reason");
  }
}
