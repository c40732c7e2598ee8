package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeakProcessTest {
  @Test
  void request_asJson_readsBackTheSame() throws Exception {
    PeakProcess.Request request =
        new PeakProcess.Request("small folder", "some folder", 8, 256, Workloads.overlays(32), 2);

    assertThat(PeakProcess.Request.of(request.json())).isEqualTo(request);
  }
}
