package dev.rivulet.ops.pipeline;

/** The failure of a role. */
public final class RoleException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String role;
  private final Throwable failure;

  RoleException(String role, Throwable failure) {
    super(role + ": " + failure.getMessage(), failure);
    this.role = role;
    this.failure = failure;
  }

  /** Returns the name of the role. */
  public String role() {
    return role;
  }

  /** Returns the cause. */
  public Throwable failure() {
    return failure;
  }
}
