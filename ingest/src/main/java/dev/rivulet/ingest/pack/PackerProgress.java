package dev.rivulet.ingest.pack;

/**
 * How far a stream is, counted from its very beginning and not from the packer's last start.
 *
 * @param dataEpoch pass over the data that is being packed, from 0
 * @param batches training batches written
 * @param evalBatches evaluation batches written
 * @param deadLetters samples rejected
 * @param complete whether the stream is closed
 */
public record PackerProgress(
    int dataEpoch, long batches, long evalBatches, long deadLetters, boolean complete) {}
