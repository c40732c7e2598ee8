package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Split;
import dev.rivulet.schemas.topic.DeadLetter;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that tokenizes, shuffles and packs samples into one stream of batches.
 *
 * <p>A bounded stream takes the samples that exist when it starts. It writes all evaluation batches
 * and their end-of-stream record. Then it writes the training batches, one pass per data epoch, and
 * their end-of-stream record. A following stream writes both kinds as samples arrive, and never
 * ends. Each sample that cannot be packed goes to the dead letters once.
 *
 * <p>The batches of a bounded stream are a function of the log and the settings. Each window is one
 * transaction, together with the position after it. A packer that is killed and restarted therefore
 * resumes where the last window ended, without a gap or a repetition.
 */
public final class Packer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Packer.class);

  /** Longest time from the first record of a following stream's window until it is written. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private final KafkaCluster cluster;
  private final PackerConfig config;
  private final TextTokenizer tokenizer;
  private final Examiner examiner;
  private final Batching batching;
  private final ReentrantLock running = new ReentrantLock();
  private volatile PackerProgress progress = new PackerProgress(0, 0, 0, 0, false);
  private volatile @Nullable KafkaConsumer<String, byte[]> consumer;
  private volatile boolean stopping;

  /**
   * Loads the tokenizer.
   *
   * @throws UsageException when the tokenizer cannot be used: the message names the file
   */
  public Packer(KafkaCluster cluster, PackerConfig config) {
    this.cluster = cluster;
    this.config = config;
    this.tokenizer =
        new TextTokenizer(
            config.tokenizer(), config.task(), config.maxLength(), config.endOfText());
    this.examiner = new Examiner(config);
    this.batching = new Batching(config, tokenizer.sha256());
  }

  /** Returns the progress as of the last window; zeros before the first. Thread-safe. */
  public PackerProgress progress() {
    return progress;
  }

  /**
   * Packs until the bounded stream is closed, or until {@link #close} is called.
   *
   * @throws RunException when the stream cannot continue: topics are missing, it was started with
   *     other settings, or samples were deleted before they were read
   * @throws FencedException when another packer has taken the stream over
   * @throws KafkaException when Kafka fails: nothing is lost, and a new packer resumes
   */
  public void run() {
    running.lock();
    try (Admin admin = cluster.admin()) {
      cluster.requireTopics(admin);
      try (StreamLog stream =
          new StreamLog(cluster, config, config.fingerprint(tokenizer.identity()))) {
        consumer = stream.consumer();
        pack(stream);
      }
    } catch (WakeupException e) {
      LOG.debug("stream {}: stopped", config.stream());
    } catch (RunException e) {
      throw new RunException("stream '%s': %s".formatted(config.stream(), e.getMessage()), e);
    } catch (KafkaException e) {
      throw new KafkaException("stream '%s': %s".formatted(config.stream(), e.getMessage()), e);
    } finally {
      consumer = null;
      running.unlock();
    }
  }

  private void pack(StreamLog stream) {
    Position position = stream.open();
    progress = progress(position);
    LOG.debug("stream {}: starts at {}", config.stream(), progress);
    SampleScan scan = new SampleScan(stream.consumer());
    scan.seek(position.spans());
    while (!stopping && !closed(position)) {
      Window window = fill(scan, position);
      if (stopping) {
        return;
      }
      List<ProducerRecord<String, byte[]>> records = new ArrayList<>(window.deadLetters());
      List<Batch> eval = batching.batches(window.eval(), 0, position.evalBatches());
      eval.forEach(batch -> records.add(stream.record(Topics.EVAL_BATCHES, batch)));
      List<Batch> train = trainBatches(window, position);
      train.forEach(batch -> records.add(stream.record(Topics.BATCHES, batch)));
      position = position.after(window, train.size(), eval.size(), scan.next());
      if (scan.atEnd()) {
        position = endPass(stream, position, records);
        scan.seek(position.spans());
      }
      stream.commit(records, position);
      progress = progress(position);
    }
    LOG.debug("stream {}: {}", config.stream(), progress);
  }

  /**
   * Fills a window until the next sample does not fit, the pass ends, or {@link #LINGER} is over.
   */
  private Window fill(SampleScan scan, Position position) {
    Window window = new Window(Packing.of(config));
    long opened = 0;
    boolean open = false;
    while (!stopping && !scan.atEnd()) {
      ConsumerRecord<String, byte[]> record = scan.peek();
      if (record != null) {
        if (!offer(window, record, position.pass())) {
          return window;
        }
        scan.take();
        opened = open ? opened : System.nanoTime();
        open = true;
      }
      if (config.follow() && open && System.nanoTime() - opened > LINGER.toNanos()) {
        return window;
      }
    }
    return window;
  }

  /** Adds a record to the window if this pass takes it. Returns false when the window is full. */
  private boolean offer(Window window, ConsumerRecord<String, byte[]> record, int pass) {
    boolean takesEval = config.follow() || pass == Position.EVAL_PASS;
    boolean takesTrain = pass != Position.EVAL_PASS;
    Examiner.Verdict verdict = examiner.examine(record);
    if (verdict instanceof Examiner.Invalid invalid && takesEval) {
      DeadLetter letter =
          new DeadLetter(
              invalid.reason(),
              new DeadLetter.Offset(record.topic(), record.partition(), record.offset()),
              0);
      return window.reject(
          letter.records(cluster, record.key(), record.value()),
          Math.max(0, record.serializedValueSize()));
    }
    if (verdict instanceof Examiner.Valid valid
        && (valid.split() == Split.EVAL ? takesEval : takesTrain)) {
      SourceOffset source = new SourceOffset(record.partition(), record.offset());
      return window.add(valid.split(), tokenizer.tokenize(valid.sample(), valid.label(), source));
    }
    return true;
  }

  private List<Batch> trainBatches(Window window, Position position) {
    List<TokenizedSample> samples = window.train();
    int[] order = Permutation.of(samples.size(), config.seed(), position.pass(), position.window());
    List<TokenizedSample> shuffled = Arrays.stream(order).mapToObj(samples::get).toList();
    return batching.batches(shuffled, position.pass(), position.batches());
  }

  /**
   * Ends a pass: adds the end-of-stream record of each topic that is complete, and returns the
   * position of the next pass.
   */
  private Position endPass(
      StreamLog stream, Position position, List<ProducerRecord<String, byte[]>> records) {
    if (position.pass() == Position.EVAL_PASS) {
      Batch end = batching.endOfStream(0, position.evalBatches());
      records.add(stream.record(Topics.EVAL_BATCHES, end));
    }
    if (position.pass() == config.dataEpochs() - 1) {
      Batch end = batching.endOfStream(position.pass(), position.batches());
      records.add(stream.record(Topics.BATCHES, end));
      if (position.batches() == 0) {
        LOG.warn("stream {}: closed without a training sample", config.stream());
      }
    }
    return position.nextPass();
  }

  private boolean closed(Position position) {
    return position.pass() == config.dataEpochs();
  }

  private PackerProgress progress(Position position) {
    boolean closed = closed(position);
    int dataEpoch = closed ? config.dataEpochs() - 1 : Math.max(0, position.pass());
    return new PackerProgress(
        dataEpoch, position.batches(), position.evalBatches(), position.deadLetters(), closed);
  }

  /** Stops a running packer without waiting for its window to fill, and frees the tokenizer. */
  @Override
  public void close() {
    stopping = true;
    KafkaConsumer<String, byte[]> reading = consumer;
    if (reading != null) {
      reading.wakeup();
    }
    running.lock();
    try {
      tokenizer.close();
    } finally {
      running.unlock();
    }
  }
}
