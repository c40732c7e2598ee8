package dev.rivulet.trainer.fault;

/**
 * A Byteman rule: an action at a place in a class under a condition.
 *
 * @param type {@code CLASS NAME} or {@code INTERFACE NAME}
 * @param method name, with parameter types if it is overloaded
 * @param location such as {@code AT ENTRY}
 * @param condition an expression
 * @param action statements
 */
public record Rule(String type, String method, String location, String condition, String action) {
  private static final String TRAINER = "dev.rivulet.trainer.";

  /**
   * Returns a rule that kills in a class of the trainer.
   *
   * @param type package and class below the trainer's root package
   */
  public static Rule trainer(String type, String method, String location) {
    return at("CLASS " + TRAINER + type, method, location);
  }

  /** Returns a rule without a condition, which kills. */
  public static Rule at(String type, String method, String location) {
    return new Rule(type, method, location, "true", Signal.KILL.source());
  }

  /** Returns this rule with a further condition. */
  public Rule when(String more) {
    return new Rule(type, method, location, condition + " AND " + more, action);
  }

  /** Returns this rule, which acts only at the nth call in the process. */
  public Rule nth(int count) {
    return when("incrementCounter(\"visits\") == " + count);
  }

  /** Returns this rule with another action. */
  public Rule then(String other) {
    return new Rule(type, method, location, condition, other);
  }

  /** Returns this rule with a delay before the action, while the other threads continue. */
  public Rule after(int millis) {
    return then("delay(" + millis + "); " + action);
  }

  /** Returns this rule with another signal instead of {@link Signal#KILL}. */
  public Rule sending(Signal signal) {
    return then(action.replace(Signal.KILL.source(), signal.source()));
  }

  /** Returns the rule in Byteman's language. */
  public String script(String name) {
    return """
    RULE %s
    %s
    METHOD %s
    %s
    IF %s
    DO %s
    ENDRULE
    """
        .formatted(name, type, method, location, condition, action);
  }
}
