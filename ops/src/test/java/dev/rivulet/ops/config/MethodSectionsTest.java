package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.trainer.method.MethodConfig;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MethodSectionsTest {

  @Test
  void defaults_sealedFamilyOfMethods_containsEveryMember() {
    assertThat(MethodSections.defaults())
        .extracting(Object::getClass)
        .containsExactlyInAnyOrderElementsOf(
            Stream.<Class<?>>of(MethodConfig.class.getPermittedSubclasses()).toList());
  }

  @Test
  void defaults_names_differ() {
    assertThat(MethodSections.defaults()).extracting(MethodConfig::name).doesNotHaveDuplicates();
  }
}
