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
 * The places where a trainer is killed. Each is one or several Byteman rules by class and method
 * name, so that the code that is killed knows nothing of it; a rule that no longer fits the code
 * never acts, and the test that waits for the death fails.
 *
 * <p>The commit in which something happens is the second one with tensors in its process.
 */
public enum KillPoint {
  /** Waiting for the next batch. */
  POLL(trainer("stream.BatchStream", "next(int)", "AT ENTRY").nth(8)),
  /** A batch enters the model. */
  FORWARD(
      trainer("model.Pass", "gradients", "AT ENTRY").nth(8),
      trainer("model.Pass", "losses", "AT ENTRY").nth(8)),
  /** The gradients, or the probes' losses, are there; the weights have not moved. */
  UPDATE(
      trainer("method.Adam", "update", "AT ENTRY").nth(8),
      at("CLASS dev.rivulet.schemas.lozo.LozoWeights", "advance", "AT ENTRY").nth(8)),
  /** The weights have moved, and the log does not know of the step. */
  STEP_TAKEN(trainer("loop.StepReport", "of", "AT ENTRY").nth(8)),

  /** The spectra of a refresh are in the log; no decision has been heard. */
  SPECTRA(
      EnumSet.of(ADARANKGRAD, LOQT),
      trainer("loop.Decisions", "decide", "AFTER INVOKE RunLog.flush").nth(2)),
  /** The ranks are decided; nothing has been done about it. */
  DECIDED(EnumSet.of(ADARANKGRAD, LOQT), trainer("loop.Decisions", "decide", "AT EXIT").nth(2)),
  /** Some layers' moments have been carried to their new basis. */
  TRANSPORT(
      EnumSet.of(ADARANKGRAD, LOQT), trainer("method.MomentCarry", "carry", "AT EXIT").nth(5)),
  /** Some layers' factors have been sealed into their weights. */
  SEAL(
      EnumSet.of(ADARANKGRAD, LOQT, LOZO),
      at("INTERFACE dev.rivulet.trainer.method.LayerMerge", "sealAndReopen", "AT EXIT").nth(17),
      trainer("method.LozoOverlay", "seal", "AT ENTRY")
          .when("$1.size() > 0")
          .then("incrementCounter(\"seals\")"),
      trainer("factor.LinearLayer", "apply", "AT EXIT").when("readCounter(\"seals\") == 1").nth(5)),

  /** The run's first checkpoint is under way. */
  START(
      trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT")
          .when("$2.getCause() == " + cause("START"))),
  /** Chunks of a checkpoint are in the log, in a transaction that stays open. */
  CHUNK_1(chunk(1)),
  CHUNK_2(EnumSet.of(ADARANKGRAD, LOQT, LORA), chunk(2)),
  CHUNK_13(EnumSet.of(ADARANKGRAD, LOQT, LORA), chunk(13)),
  CHUNK_LAST(
      trainer("checkpoint.CheckpointEntry", "publish", "AT ENTRY").when(inCommit()).after(50)),
  /** The manifest is with the producer. */
  MANIFEST(trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT").when(inCommit()).after(50)),
  /** The commit is about to be asked for. */
  COMMIT(trainer("log.RunProducer", "commit", "AT ENTRY").when(inCommit())),
  /** The broker has decided on the commit; the trainer has not heard of it. */
  COMMIT_ANSWERED(
      at(
              "CLASS org.apache.kafka.clients.producer.internals.TransactionManager$EndTxnHandler",
              "handleResponse",
              "AT ENTRY")
          .when(inCommit())),
  /** The checkpoint is committed; the training thread does not know. */
  COMMITTED(trainer("log.RunProducer", "commit", "AT EXIT").when(inCommit())),

  /** The monitor's order to roll back has come. */
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
  /** The resume's own manifest is with the producer. */
  REOPEN(
      trainer("checkpoint.CheckpointEntry", "publish", "AT EXIT")
          .when("$2.getCause() == " + cause("RESUME"))),
  /** The resume is committed. */
  REOPENED(trainer("checkpoint.Committer", "reopen", "AT EXIT").when("$3 == " + cause("RESUME"))),

  /** The last checkpoint is under way. */
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

  /** Returns the rules that send a signal to a process that comes here. */
  public List<Rule> rules(Signal signal) {
    return Stream.concat(Stream.of(COMMITS), rules.stream().map(rule -> rule.sending(signal)))
        .toList();
  }

  /** Returns whether runs of a method come by here. */
  public boolean isOn(FaultRun method) {
    return methods.contains(method);
  }

  /** Returns whether only a run that was killed before comes by here. */
  public boolean isInResume() {
    return this == REOPEN || this == REOPENED;
  }

  /** Returns whether a run that was killed here comes by again. */
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
