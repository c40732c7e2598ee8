package dev.rivulet.schemas.codec;

import dev.rivulet.schemas.record.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 digests (FIPS 180-4) of bytes, texts and files, as records carry them. */
public final class Digests {

  /** A digest of bytes that come part by part. Not thread-safe. */
  public static final class Running {
    private final MessageDigest algorithm = algorithm();

    private Running() {}

    /** Takes the next bytes. */
    public void add(byte[] bytes) {
      algorithm.update(bytes);
    }

    /** Takes the remaining bytes of a buffer, up to its limit. */
    public void add(ByteBuffer bytes) {
      algorithm.update(bytes);
    }

    /** Returns the digest of all bytes so far, and resets it. */
    public Sha256 end() {
      return new Sha256(algorithm.digest());
    }
  }

  private Digests() {}

  /** Returns a digest that has no bytes yet. */
  public static Running running() {
    return new Running();
  }

  /** Returns the digest of some bytes. */
  public static Sha256 sha256(byte[] bytes) {
    return new Sha256(algorithm().digest(bytes));
  }

  /** Returns the digest of the remaining bytes; the buffer's position stays. */
  public static Sha256 sha256(ByteBuffer bytes) {
    MessageDigest algorithm = algorithm();
    algorithm.update(bytes.duplicate());
    return new Sha256(algorithm.digest());
  }

  /** Returns the digest of a text's UTF-8 bytes. */
  public static Sha256 sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns the digest of a file, which may be larger than memory.
   *
   * @throws IOException when it cannot be read
   */
  public static Sha256 sha256(Path file) throws IOException {
    MessageDigest algorithm = algorithm();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), algorithm)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return new Sha256(algorithm.digest());
  }

  /** Returns a digest as 64 lower-case hex digits. */
  public static String hex(Sha256 digest) {
    return HexFormat.of().formatHex(digest.bytes());
  }

  /** Returns a digest to be fed piece by piece. */
  public static MessageDigest algorithm() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
