package dev.rivulet.trainer.fault;

import static dev.rivulet.trainer.fault.FaultRun.ADARANKGRAD;
import static dev.rivulet.trainer.fault.FaultRun.LOQT;
import static dev.rivulet.trainer.fault.FaultRun.LORA;
import static dev.rivulet.trainer.fault.FaultRun.LOZO;
import static dev.rivulet.trainer.fault.Rule.at;
import static dev.rivulet.trainer.fault.Rule.trainer;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The places where a trainer is killed. Each consists of Byteman rules by class and method name, so
 * that the production code has no hooks. A rule that no longer matches the code never acts, and the
 * test that waits for the kill fails.
 *
 * <p>Rules on commits act in the second commit with tensors of the process.
 */
public enum KillPoint {
  /** Waiting for the next batch. */
  POLL(trainer("stream.BatchStream", "next(int)", "AT ENTRY").nth(8)),
  /** A batch enters the model. */
  FORWARD(
      trainer("model.Pass", "gradients", "AT ENTRY").nth(8),
      trainer("model.Pass", "losses", "AT ENTRY").nth(8)),
  /** The gradients, or the losses of the probes, are computed; the weights are unchanged. */
  UPDATE(
      trainer("method.Adam", "update", "AT ENTRY").nth(8),
      at("CLASS dev.rivulet.schemas.lozo.LozoWeights", "advance", "AT ENTRY").nth(8)),
  /** The weights are updated; the step is not in the log. */
  STEP_TAKEN(trainer("loop.StepReport", "of", "AT ENTRY").nth(8)),

  /** The spectra of a refresh are in the log; no decision has arrived. */
  SPECTRA(
      EnumSet.of(ADARANKGRAD, LOQT),
      trainer("loop.Decisions", "decide", "AFTER INVOKE RunLog.flush").nth(2)),
  /** The ranks are decided; no layer has applied its rank. */
  DECIDED(EnumSet.of(ADARANKGRAD, LOQT), trainer("loop.Decisions", "decide", "AT EXIT").nth(2)),
  /** The moments of some layers are in their new basis. */
  TRANSPORT(
      EnumSet.of(ADARANKGRAD, LOQT), trainer("method.MomentCarry", "carry", "AT EXIT").nth(5)),
  /** The factors of some layers are sealed into their weights. */
  SEAL(
      EnumSet.of(ADARANKGRAD, LOQT, LOZO),
      at("INTERFACE dev.rivulet.trainer.method.LayerMerge", "sealAndReopen", "AT EXIT").nth(17),
      trainer("method.LozoOverlay", "seal", "AT ENTRY")
          .when("$1.size() > 0")
          .then("incrementCounter(\"seals\")"),
      trainer("factor.LinearLayer", "apply", "AT EXIT").when("readCounter(\"seals\") == 1").nth(5)),

  /** The run's first checkpoint is being written. */
  START(
      trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT")
          .when("$2.getCause() == " + cause("START"))),
  /** Chunks of a checkpoint are in the log; their transaction is open. */
  CHUNK_1(chunk(1)),
  CHUNK_2(EnumSet.of(ADARANKGRAD, LOQT, LORA), chunk(2)),
  CHUNK_13(EnumSet.of(ADARANKGRAD, LOQT, LORA), chunk(13)),
  CHUNK_LAST(
      trainer("checkpoint.CheckpointEntry", "publish", "AT ENTRY").when(inCommit()).after(50)),
  /** The producer has the manifest. */
  MANIFEST(trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT").when(inCommit()).after(50)),
  /** The producer is about to request the commit. */
  COMMIT(trainer("log.RunProducer", "commit", "AT ENTRY").when(inCommit())),
  /** The broker has committed; the trainer has no answer. */
  COMMIT_ANSWERED(
      at(
              "CLASS org.apache.kafka.clients.producer.internals.TransactionManager$EndTxnHandler",
              "handleResponse",
              "AT ENTRY")
          .when(inCommit())),
  /** The checkpoint is committed; the training thread is not notified. */
  COMMITTED(trainer("log.RunProducer", "commit", "AT EXIT").when(inCommit())),

  /** The monitor's order to roll back has arrived. */
  ROLLBACK(trainer("loop.TrainingRun", "rollBack", "AT ENTRY")),
  /** The older checkpoint is restored. */
  ROLLBACK_RESTORED(
      trainer("checkpoint.Committer", "reopen", "AT ENTRY").when("$3 == " + cause("ROLLBACK"))),
  /** The rollback is committed. */
  ROLLBACK_COMMITTED(
      trainer("checkpoint.Committer", "reopen", "AT EXIT").when("$3 == " + cause("ROLLBACK"))),

  /** A checkpoint is being restored, in a resume or a rollback. */
  RESTORE(
      trainer("checkpoint.Lineage", "tensor", "AT EXIT").nth(20),
      at("CLASS dev.rivulet.schemas.lozo.PackedSteps", "unpack", "AT EXIT")),
  /** The producer has the manifest of the resume. */
  REOPEN(
      trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT")
          .when("$2.getCause() == " + cause("RESUME"))),
  /** The resume is committed. */
  REOPENED(trainer("checkpoint.Committer", "reopen", "AT EXIT").when("$3 == " + cause("RESUME"))),

  /** The last checkpoint is being written. */
  FINISH(
      trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT")
          .when("$2.getCause() == " + cause("FINISH"))),
  /** The last checkpoint is committed. */
  FINISHED(trainer("loop.TrainingRun", "settle", "AFTER INVOKE Committer.settle"));

  /** Counts the commits with tensors. */
  private static final Rule COMMITS =
      trainer("checkpoint.CheckpointEntry", "write", "AT ENTRY")
          .when("$0.tensors != null")
          .then("incrementCounter(\"commits\")");

  @SuppressWarnings("ImmutableEnumChecker") // A copy that cannot be changed.
  private final Set<FaultRun> methods;

  @SuppressWarnings("ImmutableEnumChecker") // The same.
  private final List<Rule> rules;

  KillPoint(Rule... rules) {
    this(EnumSet.allOf(FaultRun.class), rules);
  }

  KillPoint(Set<FaultRun> methods, Rule... rules) {
    this.methods = Set.copyOf(methods);
    this.rules = List.of(rules);
  }

  /** Returns the rules that send a signal to a process at this point. */
  public List<Rule> rules(Signal signal) {
    return Stream.concat(Stream.of(COMMITS), rules.stream().map(rule -> rule.sending(signal)))
        .toList();
  }

  /** Returns whether runs of a method reach this point. */
  public boolean isOn(FaultRun method) {
    return methods.contains(method);
  }

  /** Returns whether only a resumed run reaches this point. */
  public boolean isInResume() {
    return this == REOPEN || this == REOPENED;
  }

  /** Returns whether a run that was killed here reaches this point again. */
  public boolean recurs() {
    return this != ROLLBACK_COMMITTED && this != FINISHED;
  }

  private static Rule chunk(int index) {
    return at("CLASS dev.rivulet.schemas.checkpoint.TensorPublication", "send", "AT EXIT")
        .when(inCommit())
        .nth(index)
        .after(50);
  }

  private static String inCommit() {
    return "readCounter(\"commits\") == 2";
  }

  private static String cause(String cause) {
    return "dev.rivulet.schemas.record.Cause." + cause;
  }
}
