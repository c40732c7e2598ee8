package dev.rivulet.ops.broker;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive right of one process to run a broker on a directory: a lock on the file {@code
 * lock}. The operating system releases it when the process ends.
 *
 * <p>The file names the holder: {@code PID}, then {@code HOST:PORT} when the broker serves. Kafka
 * has its own lock, but takes it too late: a second start would already have disturbed the first
 * broker.
 */
final class DirectoryLock implements AutoCloseable {
  /** Far behind the text, so that the text stays readable where locks are mandatory. */
  private static final long LOCKED_BYTE = Integer.MAX_VALUE;

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock of a directory, and creates the directory if it is missing.
   *
   * @throws DirectoryInUseException when another broker, in this process or another, holds it
   */
  static DirectoryLock acquire(Path dir) {
    Path file = dir.resolve("lock");
    try {
      Files.createDirectories(dir);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!locked(channel)) {
        channel.close();
        String[] holder = Files.readString(file).split(" ", -1);
        throw new DirectoryInUseException(dir, holder[0], holder.length > 1 ? holder[1] : null);
      }
      DirectoryLock lock = new DirectoryLock(channel);
      lock.write(pid());
      return lock;
    } catch (IOException e) {
      throw UsageException.of(file, e);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Publishes the address of the broker to other processes. */
  void publish(String address) {
    try {
      write(pid() + " " + address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String text) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  private static String pid() {
    return Long.toString(ProcessHandle.current().pid());
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
