package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 digests, as records carry them. */
public final class Sha {
  private Sha() {}

  /** Returns a new digest. */
  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Returns the digest of some bytes; the buffer's position stays. */
  public static Sha256 of(ByteBuffer bytes) {
    MessageDigest digest = digest();
    digest.update(bytes.duplicate());
    return new Sha256(digest.digest());
  }

  /** Returns the digest of a text's UTF-8 bytes, in hex. */
  public static String hex(String text) {
    return hex(of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
  }

  /** Returns a digest in hex. */
  public static String hex(Sha256 sha) {
    return HexFormat.of().formatHex(sha.bytes());
  }
}
