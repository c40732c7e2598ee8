package dev.rivulet.trainer.fault;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.LoggerFactory;

/** The warnings of the trainer in this process. */
public final class Warnings extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.rivulet.trainer");
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

  public Warnings() {
    start();
    logger.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
      messages.add(event.getFormattedMessage());
    }
  }

  /** Waits for the next warning. */
  public String next() throws InterruptedException {
    return messages.take();
  }

  @Override
  public void close() {
    logger.detachAppender(this);
  }
}
