/**
 * The rank policies. One computes the ranks of a refresh from the spectra of its layers. It is a
 * pure function of records, so that the rank monitor and a trainer that times out while it waits
 * for the monitor compute the same ranks. Another computes fixed ranks from scores of modules
 * ({@link dev.rivulet.schemas.policy.RankShares}).
 */
@NullMarked
package dev.rivulet.schemas.policy;

import org.jspecify.annotations.NullMarked;
