package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.Split;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The samples and dead letters that are written in one transaction. */
final class Window {
  /** Most bytes of dead letters in a window. */
  private static final long MAX_REJECTED_BYTES = 16L << 20;

  private final Packing packing;
  private final List<TokenizedSample> train = new ArrayList<>();
  private final List<TokenizedSample> eval = new ArrayList<>();
  private final List<ProducerRecord<String, byte[]>> deadLetters = new ArrayList<>();
  private long trainSize;
  private long evalSize;
  private long rejectedBytes;
  private int rejected;

  /** Creates an empty window; the packing limits each split. */
  Window(Packing packing) {
    this.packing = packing;
  }

  /** Adds a sample if it fits, and returns whether it did. An empty split takes any sample. */
  boolean add(Split split, TokenizedSample sample) {
    long size = packing.size(sample);
    long capacity = packing.capacity();
    return switch (split) {
      case TRAIN -> {
        boolean fits = trainSize == 0 || trainSize + size <= capacity;
        trainSize += fits ? size : 0;
        yield fits && train.add(sample);
      }
      case EVAL -> {
        boolean fits = evalSize == 0 || evalSize + size <= capacity;
        evalSize += fits ? size : 0;
        yield fits && eval.add(sample);
      }
    };
  }

  /** Adds the dead letters of one record if they fit, and returns whether they did. */
  boolean reject(List<ProducerRecord<String, byte[]>> letters, long bytes) {
    if (rejected > 0
        && (rejected == packing.capacity() || rejectedBytes + bytes > MAX_REJECTED_BYTES)) {
      return false;
    }
    rejected++;
    rejectedBytes += bytes;
    deadLetters.addAll(letters);
    return true;
  }

  List<TokenizedSample> train() {
    return train;
  }

  List<TokenizedSample> eval() {
    return eval;
  }

  List<ProducerRecord<String, byte[]>> deadLetters() {
    return deadLetters;
  }

  int rejected() {
    return rejected;
  }
}
