package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.model.ModelShape.HalfShape;

/** What of the linear layers a backward pass takes the gradients of. */
enum Trained {
  WEIGHTS {
    @Override
    long kept(HalfShape half) {
      return half.retained();
    }
  },

  /** Of the overlay's factor beside its basis; now and then, of the weights. */
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
