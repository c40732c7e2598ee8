package dev.rivulet.rankmonitor.topology;

import dev.rivulet.rankmonitor.state.RefreshProgress;
import dev.rivulet.schemas.policy.RankAllocation;
import dev.rivulet.schemas.policy.SpectrumFault;
import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.topic.RunKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processor that gathers the spectra of a refresh until all its layers have come, and then
 * forwards the decisions, by layer name.
 *
 * <p>A run has one refresh under way: the newest by epoch, then number. The first spectrum of a
 * newer one drops what is left of an older one; a spectrum of an older or an already decided one
 * changes nothing; a second spectrum of a layer replaces the first.
 */
final class RefreshGatherer extends ContextualProcessor<String, Spectrum, String, RankDecision> {
  static final String PROGRESS = "refresh-progress"; // run -> RefreshProgress
  static final String SPECTRA = "refresh-spectra"; // run/layer -> Spectrum

  private static final Logger LOG = LoggerFactory.getLogger(RefreshGatherer.class);

  @Override
  public void process(Record<String, Spectrum> record) {
    Spectrum spectrum = record.value();
    String fault = spectrum == null ? "no value" : SpectrumFault.of(spectrum);
    if (fault != null) {
      LOG.warn("{}: spectrum left out: {}", Origin.of(context()), fault);
      return;
    }
    String run = spectrum.getRun();
    RefreshProgress known = progress().get(run);
    int age = known == null ? 1 : compare(spectrum, known);
    if (age < 0 || (age == 0 && known.getDecided())) {
      return;
    }
    if (age > 0) {
      clear(run);
    }
    int received = age > 0 ? 0 : known.getReceived();
    String key = RunKey.of(run, spectrum.getLayer());
    if (spectra().get(key) == null) {
      received++;
    }
    spectra().put(key, spectrum);
    boolean complete = received >= spectrum.getLayers();
    if (complete) {
      for (RankDecision decision : RankAllocation.decide(gathered(run))) {
        String layer = RunKey.of(run, decision.getLayer());
        context().forward(record.withKey(layer).withValue(decision));
      }
      clear(run);
    }
    progress()
        .put(
            run,
            new RefreshProgress(spectrum.getEpoch(), spectrum.getRefresh(), received, complete));
  }

  private static int compare(Spectrum spectrum, RefreshProgress known) {
    int byEpoch = Integer.compare(spectrum.getEpoch(), known.getEpoch());
    return byEpoch != 0 ? byEpoch : Integer.compare(spectrum.getRefresh(), known.getRefresh());
  }

  private List<Spectrum> gathered(String run) {
    List<Spectrum> found = new ArrayList<>();
    try (KeyValueIterator<String, Spectrum> entries = layersOf(run)) {
      entries.forEachRemaining(entry -> found.add(entry.value));
    }
    return found;
  }

  private void clear(String run) {
    List<String> keys = new ArrayList<>();
    try (KeyValueIterator<String, Spectrum> entries = layersOf(run)) {
      entries.forEachRemaining(entry -> keys.add(entry.key));
    }
    keys.forEach(spectra()::delete);
  }

  private KeyValueIterator<String, Spectrum> layersOf(String run) {
    return spectra().prefixScan(RunKey.of(run, ""), new StringSerializer());
  }

  private KeyValueStore<String, RefreshProgress> progress() {
    return context().getStateStore(PROGRESS);
  }

  private KeyValueStore<String, Spectrum> spectra() {
    return context().getStateStore(SPECTRA);
  }
}
