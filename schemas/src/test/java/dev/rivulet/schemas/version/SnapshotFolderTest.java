package dev.rivulet.schemas.version;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.UsageException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SnapshotFolderTest {
  @Test
  void requireRoom_tooLittle_saysHowMuchIsMissing() {
    Path folder = Path.of("store");
    assertThatThrownBy(() -> SnapshotFolder.requireRoom(folder, 1000, 900))
        .isInstanceOf(FileSystemException.class)
        .hasMessage("store: the snapshot takes 1000 bytes and 900 are free: 100 are missing");
    assertThatCode(() -> SnapshotFolder.requireRoom(folder, 900, 900)).doesNotThrowAnyException();
  }

  @Test
  void at_otherScheme_saysWhatIsSupported() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> SnapshotStore.at(URI.create("ftp://host/run")))
        .withMessageContaining("ftp://host/run: snapshots are kept in folders and buckets");
  }
}
