package dev.rivulet.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
  private static final KafkaCluster CLUSTER = new KafkaCluster("nowhere:1", Map.of(), "p.");

  @Test
  void of_headersOfALine_restoresTheLetter() {
    DeadLetter letter = new DeadLetter("größer als erlaubt", new DeadLetter.Line("a/b.csv", 17), 0);

    ProducerRecord<String, byte[]> record = letter.records(CLUSTER, "s/1", new byte[] {1}).get(0);

    assertThat(record.topic()).isEqualTo("p.samples.dlq");
    assertThat(record.key()).isEqualTo("s/1");
    assertThat(DeadLetter.of(record.headers())).isEqualTo(letter);
  }

  @Test
  void of_headersOfARecordWithoutKeyAndValue_restoresTheLetter() {
    DeadLetter letter =
        new DeadLetter("no value", new DeadLetter.Offset("p.samples", 3, 1L << 40), 0);

    ProducerRecord<String, byte[]> record = letter.records(CLUSTER, null, null).get(0);

    assertThat(record.value()).isEmpty();
    assertThat(DeadLetter.of(record.headers())).isEqualTo(letter);
  }

  @Test
  void of_otherHeaders_namesTheMissingHeader() {
    assertThatThrownBy(() -> DeadLetter.of(new RecordHeaders()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'topic'");
  }

  @Test
  void records_valueTooLongForOneRecord_areItsPieces() {
    byte[] bytes = new byte[2 * DeadLetter.MAX_BYTES + 1];
    new Random(1).nextBytes(bytes);

    List<ProducerRecord<String, byte[]>> records =
        new DeadLetter("too long", new DeadLetter.Line("f", 1), 0).records(CLUSTER, "k", bytes);

    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    records.forEach(record -> joined.writeBytes(record.value()));
    assertThat(joined.toByteArray()).isEqualTo(bytes);
    assertThat(records)
        .extracting(piece -> DeadLetter.of(piece.headers()).part())
        .containsExactly(0, 1, 2);
  }
}
