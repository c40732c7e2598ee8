package dev.rivulet.ingest.pack;

/**
 * The progress of a stream, counted from its start and not from the last restart of the packer.
 *
 * @param dataEpoch current pass over the data, from 0
 * @param batches training batches written
 * @param evalBatches evaluation batches written
 * @param deadLetters samples rejected
 * @param complete whether the stream is closed
 */
public record PackerProgress(
    int dataEpoch, long batches, long evalBatches, long deadLetters, boolean complete) {}
