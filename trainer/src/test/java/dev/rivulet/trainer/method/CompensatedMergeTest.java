package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.factor.Weight;
import dev.rivulet.trainer.spectrum.Sketch;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Merges of one layer against the formulas. */
@Tag("cross-check")
class CompensatedMergeTest {
  private static final long SEED = 5;
  private static final float SCALE = 0.5f;
  private static final int SHORT = 64;
  private static final int LONG = 192;
  private static final int OLD_RANK = 5;
  private static final int RANK = 32;

  private Kernels kernels;
  private NDManager scratch;

  @BeforeEach
  void load() {
    kernels = Kernels.load(Device.cpu(), 1);
    scratch = kernels.manager().newSubManager();
  }

  @AfterEach
  void close() {
    scratch.close();
    kernels.close();
  }

  /** What is reported is what the weight with its overlay has lost. */
  @ParameterizedTest
  @CsvSource({
    "64,192,NF4,NF4,5,NEAREST",
    "192,64,NF4,NF4,5,NEAREST",
    "64,192,NF4,EXACT,5,STOCHASTIC",
    "192,64,NF4,NF4,0,NEAREST",
    "192,64,NF4_DQ,NF4,5,NEAREST",
    "64,192,NF4_DQ,EXACT,5,STOCHASTIC",
    "64,192,BF16,EXACT,5,NEAREST",
    "64,192,BF16,EXACT,5,STOCHASTIC"
  })
  void merge_anyLayer_losesWhatItReports(
      int in,
      int out,
      BaseForm base,
      BasisForm basisForm,
      int iterations,
      RoundingPolicy rounding) {
    LinearLayer layer = layer(in, out, base);
    Matrix before = whole(layer);

    CompensatedMerge.Merged merged = merge(layer, basisForm, iterations, rounding);

    double lost = Math.sqrt(whole(layer).minus(before).energy());
    assertThat(merged.error()).isCloseTo(lost, within(1e-4 * lost)).isPositive();
    assertThat(layer.rank()).isEqualTo(RANK);
    assertThat(Matrix.of(layer.trained().value()).energy() > 0).isEqualTo(iterations > 0);
  }

  @Test
  void merge_moreIterations_neverLoseMoreAndNoneMoreThanPlainRounding() {
    double least = Double.POSITIVE_INFINITY;
    for (int iterations = 0; iterations <= 16; iterations++) {
      CompensatedMerge.Merged merged =
          merge(layer(SHORT, LONG, BaseForm.NF4), BasisForm.EXACT, iterations);
      assertThat(merged.error()).isLessThanOrEqualTo(merged.plainError());
      assertThat(merged.error()).isLessThanOrEqualTo(least);
      least = merged.error();
    }
  }

  /** The sequence itself rises now and then, so the best of it must be kept. */
  @Test
  void merge_manyIterations_keepTheBestOfASequenceThatWobbles() {
    LinearLayer layer = layer(SHORT, LONG, BaseForm.NF4);
    List<Double> sequence = sequence(whole(layer), 16);

    double error = merge(layer, BasisForm.EXACT, 16).error();

    double best = Collections.min(sequence);
    assertThat(sequence.indexOf(best)).isLessThan(15);
    assertThat(error).isCloseTo(best, within(1e-3 * best));
    assertThat(sequence.get(15)).isGreaterThan(best * 1.002);
  }

  /** A basis that knows nothing of the error holds r/m of it. */
  @ParameterizedTest
  @CsvSource({"EXACT", "NF4"})
  void merge_firstIteration_leavesTheShareOutsideTheBasis(BasisForm basisForm) {
    CompensatedMerge.Merged merged = merge(layer(SHORT, LONG, BaseForm.NF4), basisForm, 1);

    double share = Math.sqrt(1 - (double) RANK / SHORT);
    assertThat(merged.error() / merged.plainError()).isCloseTo(share, within(0.01));
  }

  /** A rounded basis is far from orthonormal: with its transpose the error is larger. */
  @Test
  void dual_roundedBasis_isThePseudoInverse() {
    NDArray basis = basis(BasisForm.NF4);
    Matrix p = Matrix.of(basis);
    Matrix dual = Matrix.of(BasisForm.NF4.dual(kernels, scratch, basis));
    Matrix identity = Matrix.zeros(RANK, RANK);
    for (int i = 0; i < RANK; i++) {
      identity.values()[i * RANK + i] = 1;
    }

    assertThat(dual.transposed().times(p).distance(identity)).isLessThan(1e-6);
    assertThat(p.transposed().times(p).distance(identity)).isGreaterThan(0.03);
    assertThat(Matrix.of(BasisForm.EXACT.dual(kernels, scratch, basis)).distance(p)).isZero();
    Matrix same = Matrix.of(BasisForm.NF4.orthonormal(kernels, scratch, basis));
    assertThat(same.times(same.transposed()).times(p).distance(p)).isLessThan(1e-6);
    assertThat(same.transposed().times(same).distance(identity)).isLessThan(1e-6);
  }

  @Test
  void leading_rounded_holdsWhatTheCodecHolds() {
    float[] exact = basis(BasisForm.EXACT).toFloatArray();
    float[] rounded = basis(BasisForm.NF4).toFloatArray();

    assertThat(rounded).isEqualTo(Nf4.dequantize(Nf4.quantize(exact))).isNotEqualTo(exact);
  }

  /** From the log: what was sealed, folded into the old codes, gives the new ones. */
  @ParameterizedTest
  @CsvSource({"64,192,NEAREST", "192,64,NEAREST", "192,64,STOCHASTIC"})
  void merge_nf4_isTheFoldOfWhatItSeals(int in, int out, RoundingPolicy rounding) {
    LinearLayer layer = layer(in, out, BaseForm.NF4);
    Nf4Tensor codes = codes(layer);

    LayerFactor sealed = merge(layer, BasisForm.NF4, 5, rounding).sealed().orElseThrow();

    Fold.add(codes, sealed.update(), sealed.rounding());
    assertThat(sealed.update().scale()).isEqualTo(SCALE);
    assertThat(codes(layer).codes()).isEqualTo(codes.codes());
    assertThat(codes(layer).absmax()).isEqualTo(codes.absmax());
    assertThat(sealed.rounding()).isEqualTo(rounding.of(SEED, "layer", 7));
    assertThat(sealed.rank()).isEqualTo(OLD_RANK + RANK);
    assertThat(sealed.refresh()).isEqualTo(7);
  }

  @Test
  void merge_weightsInFloat32_isThePlainMerge() {
    LinearLayer layer = layer(SHORT, LONG, BaseForm.FP32);
    LinearLayer plain = layer(SHORT, LONG, BaseForm.FP32);
    NDArray basis = basis(BasisForm.EXACT);

    CompensatedMerge.Merged merged = merge(layer, BasisForm.EXACT, 5);
    LayerFactor sealed =
        new PlainMerge(kernels, SCALE, SealRounding.NEAREST)
            .sealAndReopen(plain, basis, 7)
            .orElseThrow();

    assertThat(merged.error()).isZero();
    assertThat(merged.plainError()).isZero();
    assertThat(layer.floats()).isEqualTo(plain.floats());
    assertThat(merged.sealed().orElseThrow().update().right()).isEqualTo(sealed.update().right());
    assertThat(layer.trained().value().toFloatArray()).containsOnly(0);
  }

  @Test
  void merge_noOverlayYet_opensOneAndLeavesTheWeight() {
    LinearLayer layer = layer(SHORT, LONG, BaseForm.NF4);
    layer.seal(0, Rounding.NEAREST);
    float[] before = layer.floats();

    assertThat(merge(layer, BasisForm.NF4, 5).sealed()).isEmpty();
    assertThat(layer.floats()).isEqualTo(before);
    assertThat(layer.rank()).isEqualTo(RANK);
    assertThat(layer.trained().value().toFloatArray()).containsOnly(0);
  }

  private CompensatedMerge.Merged merge(LinearLayer layer, BasisForm form, int iterations) {
    return merge(layer, form, iterations, RoundingPolicy.NEAREST);
  }

  private CompensatedMerge.Merged merge(
      LinearLayer layer, BasisForm form, int iterations, RoundingPolicy rounding) {
    SealRounding ofSeal = (name, refresh) -> rounding.of(SEED, name, refresh);
    return new CompensatedMerge(kernels, SCALE, form, iterations, ofSeal)
        .merge(layer, basis(form), 7);
  }

  /** Returns the errors of the iterations, in double precision but for the rounding of weights. */
  private static List<Double> sequence(Matrix sum, int iterations) {
    Matrix basis = exactBasis();
    List<Double> errors = new ArrayList<>();
    Matrix target = sum;
    for (int i = 0; i < iterations; i++) {
      float[] rounded = BaseForm.NF4.rounded(target.floats(), Rounding.NEAREST);
      Matrix lost = sum.minus(Matrix.of(SHORT, LONG, rounded));
      Matrix overlay = basis.times(basis.transposed().times(lost));
      errors.add(Math.sqrt(lost.minus(overlay).energy()));
      target = sum.minus(overlay);
    }
    return errors;
  }

  private static Matrix exactBasis() {
    return Matrix.orthonormal("new basis", SHORT, RANK + 3).leading(RANK);
  }

  private NDArray basis(BasisForm form) {
    NDArray found = Matrix.orthonormal("new basis", SHORT, RANK + 3).on(scratch);
    Sketch sketch = new Sketch(found, new float[0], scratch.zeros(found.getShape()), 1);
    return form.leading(kernels, scratch, sketch, RANK);
  }

  /** Returns a layer with an overlay of some size. */
  private LinearLayer layer(int in, int out, BaseForm base) {
    Matrix weight = Matrix.normal("weight", SHORT, LONG).times(0.02);
    float[] floats = (in <= out ? weight : weight.transposed()).floats();
    LinearLayer layer =
        new LinearLayer(
            kernels.manager(),
            "layer",
            "kind",
            Weight.of(kernels, "weight", base, floats, in, out),
            Parameter.zeros("bias", kernels.manager(), 0));
    layer.open(kernels, Matrix.orthonormal("old basis", SHORT, OLD_RANK).on(scratch), SCALE);
    NDArray factor = Matrix.normal("factor", OLD_RANK, LONG).times(0.05).on(scratch);
    layer.trained().replace(layer.orient(kernels, factor));
    return layer;
  }

  private static Matrix whole(LinearLayer layer) {
    Matrix overlay = Matrix.of(layer.left().value()).times(Matrix.of(layer.right().value()));
    return Matrix.of(layer.in(), layer.out(), layer.floats()).plus(overlay.times(SCALE));
  }

  private static Nf4Tensor codes(LinearLayer layer) {
    return new Nf4Tensor(
        layer.weight().value().toByteArray(),
        layer.dense().get(1).value().toFloatArray(),
        layer.in() * layer.out());
  }
}
