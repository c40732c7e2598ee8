package dev.rivulet.trainer;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import ai.djl.Device;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import dev.rivulet.schemas.topic.RunKey;
import java.util.List;

/** The layers inside the trainer: each uses only those below it. */
@AnalyzeClasses(
    packages = "dev.rivulet.trainer",
    importOptions = ImportOption.DoNotIncludeTests.class)
class TrainerArchitectureTest {
  private static final String ROOT = "dev.rivulet.trainer.";

  /** From the top to the bottom: a package uses only packages below it. */
  private static final List<String> PACKAGES =
      List.of(
          "loop",
          "checkpoint",
          "config",
          "eval",
          "log",
          "stream",
          "score",
          "method",
          "estimate",
          "spectrum",
          "model",
          "factor",
          "tensor");

  /** The packages that read or write topics. */
  private static final String[] ON_KAFKA = {
    ROOT + "loop..", ROOT + "checkpoint..", ROOT + "eval..", ROOT + "log..", ROOT + "stream.."
  };

  @ArchTest static final ArchRule LAYERS = layers();

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

  /** The log is written for any program: it has records, and no models. */
  @ArchTest
  static final ArchRule LOG_WITHOUT_MODELS =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "log..", ROOT + "stream..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.rivulet.trainer..")
                  .and(not(resideInAnyPackage(ROOT + "log..", ROOT + "stream.."))));

  /** The loop chooses the device, and leaves all work on it to the layers below. */
  @ArchTest
  static final ArchRule ENGINE_BELOW_THE_LOOP =
      noClasses()
          .that()
          .resideInAnyPackage(ON_KAFKA)
          .should()
          .dependOnClassesThat(resideInAPackage("ai.djl..").and(not(type(Device.class))));

  @ArchTest
  static final ArchRule KAFKA_AT_THE_TOP_ONLY =
      noClasses()
          .that()
          .resideOutsideOfPackages(ON_KAFKA)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "org.apache.kafka..",
                      "dev.rivulet.schemas.topic..",
                      "dev.rivulet.schemas.checkpoint..")
                  // A run's name is checked where its settings are made.
                  .and(not(type(RunKey.class))));

  @ArchTest
  static final ArchRule NATIVE_CALLS_IN_TENSOR_ONLY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rivulet.trainer.tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl.pytorch..");

  private static ArchRule layers() {
    Architectures.LayeredArchitecture layers =
        layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String name : PACKAGES) {
      layers = layers.layer(name).definedBy(ROOT + name + "..");
    }
    for (int i = 0; i < PACKAGES.size(); i++) {
      layers =
          i == 0
              ? layers.whereLayer(PACKAGES.get(i)).mayNotBeAccessedByAnyLayer()
              : layers
                  .whereLayer(PACKAGES.get(i))
                  .mayOnlyBeAccessedByLayers(PACKAGES.subList(0, i).toArray(String[]::new));
    }
    return layers;
  }
}
