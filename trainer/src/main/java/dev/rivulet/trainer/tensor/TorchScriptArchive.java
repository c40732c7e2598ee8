package dev.rivulet.trainer.tensor;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive made of source text: a stateless module whose methods are the kernels.
 *
 * <p>The archive is the zip that {@code torch.jit.save} writes: stored entries, the class source
 * under {@code code/}, and a pickled instance that has no parameters.
 */
final class TorchScriptArchive {
  private static final String HEADER =
      """
      class M(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        _is_full_backward_hook : Optional[bool]
      """;

  /** {@code __torch__.M()} with state {training: True, _is_full_backward_hook: None}. */
  private static final byte[] INSTANCE =
      concat(
          new byte[] {(byte) 0x80, 2},
          ascii("c__torch__\nM\n)"),
          new byte[] {(byte) 0x81},
          ascii("}("),
          string("training"),
          new byte[] {(byte) 0x88},
          string("_is_full_backward_hook"),
          ascii("Nub."));

  private static final byte[] NO_CONSTANTS = concat(new byte[] {(byte) 0x80, 2}, ascii(")."));

  private TorchScriptArchive() {}

  /**
   * Returns the archive of a module.
   *
   * @param methods source of the methods, indented by two spaces, each with {@code self:
   *     __torch__.M} first
   */
  static InputStream of(String methods) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "m/code/__torch__.py", (HEADER + methods).getBytes(StandardCharsets.UTF_8));
      store(zip, "m/data.pkl", INSTANCE);
      store(zip, "m/constants.pkl", NO_CONSTANTS);
      store(zip, "m/version", ascii("10\n"));
      store(zip, "m/byteorder", ascii("little"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] string(String text) {
    return concat(new byte[] {'X', (byte) text.length(), 0, 0, 0}, ascii(text));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
