package dev.rivulet.trainer.tensor;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The C library's heap, where the engine keeps tensors on a CPU. */
public final class NativeHeap {
  private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);

  /** glibc's number of the parameter, and the size from which memory is mapped on its own. */
  private static final int M_MMAP_THRESHOLD = -3;

  private static final int THRESHOLD_BYTES = 1 << 20;

  private NativeHeap() {}

  private interface LibC extends Library {
    int mallopt(int parameter, int value);

    int malloc_trim(NativeLong pad);
  }

  /**
   * Gives the memory of freed tensors that the heap has kept back to the system. It takes
   * milliseconds: for the end of what needs much memory once. On systems without glibc nothing
   * happens.
   */
  public static void trim() {
    if (!Platform.isLinux()) {
      return;
    }
    try {
      int unused = Native.load("c", LibC.class).malloc_trim(new NativeLong(0));
    } catch (UnsatisfiedLinkError e) {
      LOG.debug("no malloc_trim in this C library: freed tensors may stay resident", e);
    }
  }

  /**
   * Makes the heap give the memory of freed tensors back to the system at once. Without it glibc
   * keeps much of it, so that the resident size is far above what is in use; with it, a step takes
   * longer, because pages are mapped again. On systems without glibc nothing happens.
   */
  public static void returnFreedMemory() {
    if (!Platform.isLinux()) {
      return;
    }
    try {
      LibC libc = Native.load("c", LibC.class);
      if (libc.mallopt(M_MMAP_THRESHOLD, THRESHOLD_BYTES) != 1) {
        LOG.warn("glibc refused the threshold: freed tensors may stay resident");
      }
    } catch (UnsatisfiedLinkError e) {
      LOG.debug("no mallopt in this C library: freed tensors may stay resident", e);
    }
  }
}
