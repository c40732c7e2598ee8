package dev.rivulet.ingest;

/**
 * What an ingestion did.
 *
 * @param accepted samples written to the samples topic
 * @param rejected malformed records, each of them in the dead-letter topic
 * @param bytes bytes read
 */
public record IngestSummary(long accepted, long rejected, long bytes) {

  IngestSummary plus(IngestSummary more) {
    return new IngestSummary(
        accepted + more.accepted, rejected + more.rejected, bytes + more.bytes);
  }
}
