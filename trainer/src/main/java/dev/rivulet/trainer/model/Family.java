package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.tensor.Parameter;
import dev.rivulet.trainer.tensor.Precision;
import java.util.List;

/**
 * What sets a model family apart: the kernels of its embedding, blocks and head (see {@code
 * /kernels/stack.py}), and the numbers and tables that they take.
 */
interface Family {
  /** Returns the name that the family's kernels begin with. */
  String kernels();

  /** Returns what the labels of the model's batches mean. */
  Task task();

  /** Returns the longest sequence, in tokens. */
  int maxLength();

  /** Returns the numbers of the embedding. */
  double[] embeddingNumbers();

  /**
   * Returns the numbers of a block.
   *
   * @param last whether the block is the last: its output is the head's input
   */
  double[] blockNumbers(Precision precision, boolean last);

  /** Returns the numbers of the head. */
  double[] headNumbers(Precision precision);

  /**
   * Returns the shape of the model.
   *
   * @param classes classes of a classifier
   */
  ModelShape shape(int classes);

  /** Returns the tables that all blocks share for sequences of a length; none by default. */
  default List<Parameter> tables(NDManager owner, int length) {
    return List.of();
  }
}
