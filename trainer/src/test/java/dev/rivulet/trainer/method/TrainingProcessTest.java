package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.trainer.tensor.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training in processes of their own. */
class TrainingProcessTest {
  @TempDir private Path model;

  @ParameterizedTest
  @EnumSource(Precision.class)
  void run_twoProcesses_endWithTheSameBits(Precision precision) throws Exception {
    TrainingProcess.writeModel(model, 128);

    TrainingProcess.Result once = TrainingProcess.run(model, precision, 2, 50);

    assertThat(TrainingProcess.run(model, precision, 2, 50).sha256()).isEqualTo(once.sha256());
    assertThat(TrainingProcess.run(model, precision, 2, 49).sha256()).isNotEqualTo(once.sha256());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void run_tenThousandSteps_leaveMemoryAsItWas() throws Exception {
    TrainingProcess.writeModel(model, 16);

    TrainingProcess.Result result = TrainingProcess.run(model, Precision.FP32, 1, 10_000);

    assertThat(result.last()).isCloseTo(result.first(), within(0.02 * result.first()));
  }
}
