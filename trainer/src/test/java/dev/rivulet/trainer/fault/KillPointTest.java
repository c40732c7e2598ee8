package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KillPointTest {

  /** Byteman ignores a rule for a method that does not exist, and the process would never die. */
  @ParameterizedTest
  @EnumSource
  void rules_everyPoint_nameMethodsThatExist(KillPoint point) throws ClassNotFoundException {
    for (Rule rule : point.rules(Signal.KILL)) {
      Class<?> type = Class.forName(rule.type().substring(rule.type().indexOf(' ') + 1));
      String method = rule.method().replaceAll("\\(.*", "");

      assertThat(Arrays.stream(type.getDeclaredMethods()).map(Method::getName))
          .as(type.getName())
          .contains(method);
    }
  }
}
