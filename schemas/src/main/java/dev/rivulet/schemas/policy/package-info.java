/**
 * The rank policies. From the spectra of a refresh to the ranks of its layers, a pure function of
 * records: the rank monitor decides by it, and a trainer that waits in vain for the monitor comes
 * to the same ranks. And from scores of modules to ranks that stay ({@link
 * dev.rivulet.schemas.policy.RankShares}).
 */
@NullMarked
package dev.rivulet.schemas.policy;

import org.jspecify.annotations.NullMarked;
