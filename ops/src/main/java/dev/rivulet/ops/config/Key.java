package dev.rivulet.ops.config;

/**
 * A key that a configuration file may hold.
 *
 * @param name sections and key, such as {@code train.steps}
 * @param fallback what holds when it is absent; empty when it must be given or nothing holds
 * @param allowed completes "must be ..."
 * @param purpose what it sets, in one line
 */
public record Key(String name, String fallback, String allowed, String purpose) {

  /** Returns the section that holds the key; empty for the file itself. */
  public String section() {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }
}
