package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.model.ModelShape.HalfShape;

/** The parameters of the linear layers whose gradients a backward pass computes. */
enum Trained {
  WEIGHTS {
    @Override
    long kept(HalfShape half) {
      return half.retained();
    }
  },

  /** The overlay's trained factor, whose basis is frozen; at a refresh, the weights. */
  ONE_FACTOR {
    @Override
    long kept(HalfShape half) {
      return half.retained() + Math.max(0, half.results() - half.inputs());
    }
  },

  BOTH_FACTORS {
    @Override
    long kept(HalfShape half) {
      return half.retained() + half.results();
    }
  };

  /** Returns the floats per token that half a block keeps for its backward pass. */
  abstract long kept(HalfShape half);
}
