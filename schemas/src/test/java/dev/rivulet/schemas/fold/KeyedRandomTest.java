package dev.rivulet.schemas.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyedRandomTest {

  /** Known answers published by the authors of Philox with Random123 (kat_vectors). */
  @Test
  void block_publishedKeysAndCounters_givesPublishedWords() {
    assertThat(KeyedRandom.ofKey(0, 0).block(0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(KeyedRandom.ofKey(-1, -1).block(-1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(
            KeyedRandom.ofKey(0xa4093822, 0x299f31d0)
                .block(0x85a308d3_243f6a88L, 0x03707344_13198a2eL))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  /** Computed independently: the key is the first 8 bytes of the SHA-256 of the use. */
  @Test
  void of_use_isKeyedByItsSha256() {
    assertThat(KeyedRandom.of(42, "range-finder", "encoder.layer.0", 3).block(0, 0))
        .containsExactly(0x3d992289, 0x3f7b1bf1, 0x3f0c3252, 0xb3f284e9);
    assertThat(KeyedRandom.of(-1, "é", "", 7).block(5, 0))
        .containsExactly(0x1364f199, 0x0b3145f4, 0x71876872, 0xf746ef70);
  }

  @Test
  void normal_manyValues_hasMomentsOfTheStandardNormal() {
    float[] values = KeyedRandom.of(7, "test", "layer", 3).normal(200_001);
    double mean = 0;
    double square = 0;
    double fourth = 0;
    for (float value : values) {
      mean += value;
      square += (double) value * value;
      fourth += Math.pow(value, 4);
    }
    assertThat(mean / values.length).isCloseTo(0, within(0.01));
    assertThat(square / values.length).isCloseTo(1, within(0.015));
    assertThat(fourth / values.length).isCloseTo(3, within(0.1));
  }

  @Test
  void normal_longerDraw_startsWithTheShorterOne() {
    KeyedRandom random = KeyedRandom.of(7, "test", "layer", 3);
    assertThat(random.normal(101)).startsWith(random.normal(10));
    // Long enough for several threads, each with its own span.
    float[] many = random.normal(70_001);
    assertThat(many).startsWith(random.normal(101)).endsWith(random.normal(70_002)[70_000]);
    assertThat(Arrays.copyOf(random.normal(40_000), 20_000)).containsExactly(random.normal(20_000));
  }

  @Test
  void bits_anyIndex_isOneHalfOfItsBlock() {
    KeyedRandom random = KeyedRandom.of(42, "range-finder", "encoder.layer.0", 3);
    assertThat(random.bits(0)).isEqualTo(0x3d992289_3f7b1bf1L);
    assertThat(random.bits(1)).isEqualTo(0x3f0c3252_b3f284e9L);
  }

  @Test
  void of_differentPart_givesAnotherStream() {
    float[] values = KeyedRandom.of(1, "a", "b", 2).normal(4);
    assertThat(KeyedRandom.of(1, "a", "b", 2).normal(4)).containsExactly(values);
    assertThat(KeyedRandom.of(2, "a", "b", 2).normal(4)).isNotEqualTo(values);
    assertThat(KeyedRandom.of(1, "ab", "", 2).normal(4)).isNotEqualTo(values);
    assertThat(KeyedRandom.of(1, "a", "b", 3).normal(4)).isNotEqualTo(values);
  }

  @Test
  void uniform_manyValues_staysInsideTheUnitInterval() {
    KeyedRandom random = KeyedRandom.of(0, "uniform", "", 0);
    double sum = 0;
    for (int i = 0; i < 100_000; i++) {
      double value = random.uniform(i);
      assertThat(value).isStrictlyBetween(0.0, 1.0);
      sum += value;
    }
    assertThat(sum / 100_000).isCloseTo(0.5, within(0.005));
  }
}
