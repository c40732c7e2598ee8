package dev.rivulet.schemas.version;

import static java.util.Objects.requireNonNull;

import dev.rivulet.schemas.record.Sha256;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** The tensors of a version that are not what the receiver holds, made one by one. */
final class Changes implements Iterator<ModelUpdate.Tensor> {
  private final ModelVersion version;
  private final HandedOut handedOut;
  private final Lock lock;
  private final Runnable requireCurrent;
  private final Iterator<String> candidates;
  private @Nullable Change next;

  private record Change(ModelUpdate.Tensor tensor, Sha256 digest) {}

  /**
   * Begins the changes.
   *
   * @param lock held while a tensor is made
   * @param requireCurrent throws when no more can be made
   */
  Changes(ModelVersion version, HandedOut handedOut, Lock lock, Runnable requireCurrent) {
    this.version = version;
    this.handedOut = handedOut;
    this.lock = lock;
    this.requireCurrent = requireCurrent;
    candidates =
        version.names().stream().filter(name -> handedOut.mayDiffer(version, name)).iterator();
  }

  @Override
  public boolean hasNext() {
    while (next == null && candidates.hasNext()) {
      make(candidates.next());
    }
    return next != null;
  }

  /** Makes a tensor the next one, unless it has the values that the receiver holds. */
  private void make(String name) {
    lock.lock();
    try {
      requireCurrent.run();
      float[] values = version.floats(name);
      Sha256 digest = HandedOut.digest(values);
      if (handedOut.holds(name, digest)) {
        handedOut.note(version, name, digest);
      } else {
        next = new Change(new ModelUpdate.Tensor(name, version.shape(name), values), digest);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ModelUpdate.Tensor next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Change change = requireNonNull(next);
    next = null;
    handedOut.note(version, change.tensor().name(), change.digest());
    return change.tensor();
  }
}
