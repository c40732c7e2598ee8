package dev.rivulet.ops.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskRoomTest {

  @Test
  void lack_moreThanTheDiskHas_saysWhereAndHowMuchAndWhatToDo(@TempDir Path folder)
      throws IOException {
    DiskRoom room = new DiskRoom(folder);
    long disk = Files.getFileStore(folder).getTotalSpace();
    assertThat(room.shortfall(0)).isEmpty();
    assertThat(room.shortfall(disk).orElseThrow())
        .startsWith("the disk of %s has ".formatted(folder))
        .endsWith(
            " MB left, and %.0f MB are needed: free some space"
                .formatted((disk + DiskRoom.RESERVE) / 1e6));
  }

  @Test
  void lack_folderThatIsGone_isToldAsSuch(@TempDir Path folder) {
    Path gone = folder.resolve("gone");
    assertThat(new DiskRoom(gone).shortfall(0).orElseThrow())
        .startsWith("the disk of %s cannot be read".formatted(gone));
  }
}
