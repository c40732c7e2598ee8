package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.record.SourceOffset;

/**
 * A sample as token ids.
 *
 * @param ids token ids, special tokens included
 * @param types 0 for the first text, 1 for its pair; one per id, none for language modelling
 * @param label class index; -1 for language modelling
 * @param source where the sample is in the samples topic
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TokenizedSample(int[] ids, byte[] types, int label, SourceOffset source) {}
