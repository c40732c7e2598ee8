package dev.rivulet.schemas.version;

import dev.rivulet.schemas.record.Manifest;
import java.util.Iterator;
import java.util.List;

/**
 * A new version of a model that is followed: what its tensors have become.
 *
 * <p>Iterating computes the tensors one by one, and only those whose bits differ from what the
 * follower has handed out before (at first, from the base files). A tensor counts as handed out
 * when the iteration has returned it, so that one that ends early is made up for by the next
 * update. Once only, and not after the follower has gone on or is closed.
 */
public final class ModelUpdate implements Iterable<ModelUpdate.Tensor> {
  private final Manifest manifest;
  private final boolean rollback;
  private final Iterable<Tensor> tensors;

  /**
   * A tensor of the new version.
   *
   * @param name as in Hugging Face files
   * @param shape as in Hugging Face files, outermost first
   * @param values row-major; the receiver's own
   */
  public record Tensor(String name, List<Long> shape, float[] values) {}

  ModelUpdate(Manifest manifest, boolean rollback, Iterable<Tensor> tensors) {
    this.manifest = manifest;
    this.rollback = rollback;
    this.tensors = tensors;
  }

  /** Returns the manifest of the version's checkpoint. */
  public Manifest manifest() {
    return manifest;
  }

  /** Returns whether the version before is not an ancestor of this one: the run rolled back. */
  public boolean isRollback() {
    return rollback;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Its methods throw {@link dev.rivulet.schemas.checkpoint.DamagedTensorException} when a
   * tensor in the log is not what its manifest says, and {@link java.io.UncheckedIOException} when
   * the follower's folder cannot be written.
   */
  @Override
  public Iterator<Tensor> iterator() {
    return tensors.iterator();
  }
}
