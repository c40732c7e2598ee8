package dev.rivulet.schemas.version;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Sha256;
import java.util.HashMap;
import java.util.Map;

/**
 * What the receiver of a model holds: for each tensor what it was made of, and the digest of its
 * values. At first that is the base model.
 */
final class HandedOut {
  private record Held(String identity, Sha256 digest) {}

  private final BaseModel base;
  private final Map<String, Held> byName = new HashMap<>();

  HandedOut(BaseModel base) {
    this.base = base;
  }

  /** Returns whether a tensor of a version may have other values than the receiver holds. */
  boolean mayDiffer(ModelVersion version, String name) {
    Held held = byName.get(name);
    String identity = held == null ? ModelVersion.BASE : held.identity();
    return !version.identity(name).equals(identity);
  }

  /** Returns whether the receiver holds a tensor with these values. */
  boolean holds(String name, Sha256 digest) {
    Held held = byName.get(name);
    if (held != null) {
      return held.digest().equals(digest);
    }
    return base.has(name) && digest(base.floats(name)).equals(digest);
  }

  /** Notes that the receiver holds a version's tensor. */
  void note(ModelVersion version, String name, Sha256 digest) {
    byName.put(name, new Held(version.identity(name), digest));
  }

  /** Returns the digest of a tensor's values. */
  static Sha256 digest(float[] values) {
    return Digests.sha256(LittleEndian.bytes(values));
  }
}
