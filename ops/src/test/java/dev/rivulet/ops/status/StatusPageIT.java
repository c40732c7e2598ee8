package dev.rivulet.ops.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rivulet.ops.status.board.Records;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The page in a real browser. Skipped, and said so, where there is no Chromium. */
@Tag("browser")
@Timeout(180)
@ExtendWith(BrokerFixture.class)
class StatusPageIT {
  private KafkaCluster cluster;
  private StatusServer server;
  private HeadlessBrowser browser;

  @BeforeEach
  void open(KafkaCluster shared) throws Exception {
    Optional<Path> chromium = HeadlessBrowser.executable();
    assumeTrue(chromium.isPresent(), "no Chromium in /usr/bin: the page is not looked at");
    cluster = BrokerFixture.withOwnTopics(shared, "page");
    server = StatusServer.start(cluster, new StatusConfig("127.0.0.1", 0), Map.of());
    browser = HeadlessBrowser.open(chromium.get(), URI.create(server.url()), 1280, 900);
  }

  @AfterEach
  void close() throws Exception {
    if (browser != null) {
      browser.close();
      server.close();
    }
  }

  @Test
  void shouldSayWhatToDoThenShowARunAndFollowIt() throws Exception {
    await("!document.getElementById('empty').hidden");
    assertThat(browser.evaluate("document.getElementById('empty').innerText").asText())
        .contains("./rivulet demo");

    try (SyntheticRun run = new SyntheticRun(cluster, "demo", 400)) {
      run.advance(60);
      await("document.querySelector('#loss-chart').dataset.points >= 60");
      for (String chart :
          new String[] {"loss", "score", "rank", "lr", "memory", "ranks", "spectrum"}) {
        await("document.querySelector('#%s-chart').dataset.points > 0".formatted(chart));
      }
      long lossBefore = points("loss");
      long ranksBefore = points("ranks");
      String painted = canvas();

      run.advance(45);
      await("document.querySelector('#loss-chart').dataset.points >= 105");
      await("document.querySelector('#ranks-chart').dataset.points > " + ranksBefore);
      assertThat(points("loss")).isGreaterThan(lossBefore);
      assertThat(canvas()).isNotEqualTo(painted);
      assertThat(browser.evaluate("document.getElementById('steps').textContent").asText())
          .isEqualTo("step 105 of 400");
      await("document.querySelectorAll('#checkpoints tr').length === 3");

      run.failAndRollBack(100);
      await("document.querySelector('#events tr.bad') !== null");
      await("document.getElementById('steps').textContent === 'step 100 of 400'");
      await("document.querySelector('#loss-chart').dataset.points == 100");
    }
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldShowThePerplexityOfALanguageModel() throws Exception {
    Records records = new Records("words");
    try (KafkaProducer<String, byte[]> producer = cluster.producer("words", null)) {
      for (int step = 1; step <= 3; step++) {
        producer
            .send(
                cluster.record(
                    Topics.STEPS,
                    "words",
                    records
                        .step(0, step)
                        .setMetrics(Map.of("perplexity", 600.0 / step, "tokenAccuracy", 0.1))
                        .build()))
            .get();
      }
    }
    await("document.querySelector('#score-chart').dataset.points == 3");
    assertThat(browser.evaluate("document.getElementById('score').textContent").asText())
        .isEqualTo("200.0");
    assertThat(browser.evaluate("document.getElementById('score-note').textContent").asText())
        .isEqualTo("600.0 at step 1");
    assertThat(browser.evaluate("document.querySelector('h2.metric').textContent").asText())
        .isEqualTo("Perplexity");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldFitNarrowScreensAndBothSchemes() throws Exception {
    try (SyntheticRun run = new SyntheticRun(cluster, "demo", 100)) {
      run.advance(100);
    }
    await("document.querySelector('#ranks-chart').dataset.points > 0");
    await("document.getElementById('state').textContent === 'finished'");
    browser.resize(390, 844);
    assertThat(
            browser
                .evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                .asBoolean())
        .isTrue();
    String light = background();
    browser.prefer("dark");
    await("getComputedStyle(document.body).backgroundColor !== '%s'".formatted(light));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldShowNamesFromTheTopicsAsText() throws Exception {
    String hostile = "<img src=nowhere onerror='window.hit = 1'>";
    Records records = new Records("demo");
    try (KafkaProducer<String, byte[]> producer = cluster.producer("stranger", null)) {
      producer
          .send(cluster.record(Topics.STEPS, "demo", records.step(0, 1).setNote(hostile).build()))
          .get();
      producer
          .send(
              cluster.record(
                  Topics.SPECTRUM,
                  "demo/x",
                  records.spectrum(0, 1, hostile, List.of(2f, 1f)).build()))
          .get();
    }
    await("document.querySelector('#spectrum-chart').dataset.points > 0");
    await("document.querySelector('#events tr') !== null");
    assertThat(browser.evaluate("document.getElementById('layer').value").asText())
        .isEqualTo(hostile);
    assertThat(browser.evaluate("document.getElementById('events').innerText").asText())
        .contains(hostile);
    assertThat(browser.evaluate("document.querySelectorAll('main img').length").asInt()).isZero();
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldSayThatTheServerIsAwayAndFollowItAgain() throws Exception {
    await("document.getElementById('link').textContent === 'live'");
    int port = server.port();
    server.close();
    await("document.getElementById('link').dataset.state === 'lost'");
    try (SyntheticRun run = new SyntheticRun(cluster, "demo", 100)) {
      run.advance(30);
    }
    server = StatusServer.start(cluster, new StatusConfig("127.0.0.1", port), Map.of());
    await("document.querySelector('#loss-chart').dataset.points >= 30");
    await("document.getElementById('link').textContent === 'live'");
  }

  private String background() {
    browser.prefer("light");
    return browser.evaluate("getComputedStyle(document.body).backgroundColor").asText();
  }

  private long points(String chart) {
    return browser
        .evaluate("Number(document.querySelector('#%s-chart').dataset.points)".formatted(chart))
        .asLong();
  }

  private String canvas() {
    return browser.evaluate("document.querySelector('#loss-chart').toDataURL()").asText();
  }

  private void await(String condition) {
    Eventually.await(condition, () -> browser.evaluate(condition).asBoolean());
  }
}
