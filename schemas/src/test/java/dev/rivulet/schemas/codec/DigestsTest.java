package dev.rivulet.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTest {
  /** Known answers of FIPS 180: the empty message, "abc", and one million letters a. */
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  private static final String MILLION =
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

  @TempDir Path folder;

  @Test
  void sha256_knownMessages_haveKnownDigests() throws Exception {
    byte[] million = new byte[1_000_000];
    Arrays.fill(million, (byte) 'a');
    Path file = Files.write(folder.resolve("million"), million);

    assertThat(Digests.hex(Digests.sha256(""))).isEqualTo(EMPTY);
    assertThat(Digests.hex(Digests.sha256("abc"))).isEqualTo(ABC);
    assertThat(Digests.hex(Digests.sha256(new byte[] {'a', 'b', 'c'}))).isEqualTo(ABC);
    assertThat(Digests.hex(Digests.sha256(file))).isEqualTo(MILLION);
  }

  /** The expected value is from `sha256sum` over the UTF-8 bytes. */
  @Test
  void sha256_text_coversItsUtf8Bytes() {
    assertThat(Digests.hex(Digests.sha256("Grüße, 🌍")))
        .isEqualTo("2811f03898c7e842ff4f28da0066b076b6efad833fd35ce6c2a44f43c555e45c");
  }

  @Test
  void sha256_buffer_coversTheRemainingBytesWithoutConsumingThem() {
    ByteBuffer direct = ByteBuffer.allocateDirect(8).put(new byte[] {'x', 'a', 'b', 'c', 'x'});
    ByteBuffer bytes = direct.position(1).limit(4);
    assertThat(Digests.hex(Digests.sha256(bytes))).isEqualTo(ABC);
    assertThat(bytes.position()).isEqualTo(1);
    assertThat(bytes.remaining()).isEqualTo(3);
  }
}
