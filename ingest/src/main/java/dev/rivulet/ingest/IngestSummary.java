package dev.rivulet.ingest;

/**
 * The result of an ingestion.
 *
 * @param accepted samples written to the samples topic
 * @param rejected malformed records; each is in the dead-letter topic
 * @param bytes bytes read
 */
public record IngestSummary(long accepted, long rejected, long bytes) {

  IngestSummary plus(IngestSummary other) {
    return new IngestSummary(
        accepted + other.accepted, rejected + other.rejected, bytes + other.bytes);
  }
}
