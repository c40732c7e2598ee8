/**
 * The rank policy: from the spectra of a refresh to the ranks of its layers, a pure function of
 * records. The rank monitor decides by it, and a trainer that waits in vain for the monitor comes
 * to the same ranks.
 */
@NullMarked
package dev.rivulet.schemas.policy;

import org.jspecify.annotations.NullMarked;
