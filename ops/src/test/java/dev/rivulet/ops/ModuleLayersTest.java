package dev.rivulet.ops;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom: nothing points back to ops, and the parts of the pipeline never meet. */
@AnalyzeClasses(
    packages = "dev.rivulet",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ModuleLayersTest.DoNotIncludeTestJars.class
    })
class ModuleLayersTest {

  /** Leaves out the fixtures that other modules share as jars. */
  static final class DoNotIncludeTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule MODULES =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("schemas")
          .definedBy("dev.rivulet.schemas..")
          .layer("ingest")
          .definedBy("dev.rivulet.ingest..")
          .layer("trainer")
          .definedBy("dev.rivulet.trainer..")
          .layer("rank-monitor")
          .definedBy("dev.rivulet.rankmonitor..")
          .layer("ops")
          .definedBy("dev.rivulet.ops..")
          .whereLayer("schemas")
          .mayNotAccessAnyLayer()
          .whereLayer("ingest")
          .mayOnlyAccessLayers("schemas")
          .whereLayer("trainer")
          .mayOnlyAccessLayers("schemas")
          .whereLayer("rank-monitor")
          .mayOnlyAccessLayers("schemas");

  @ArchTest
  static final ArchRule CONTRACT_WITHOUT_ENGINE =
      noClasses()
          .that()
          .resideInAPackage("dev.rivulet.schemas..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "ai.djl..", "org.apache.kafka.streams..", "io.vertx..", "picocli..", "kafka..");

  @ArchTest
  static final ArchRule ENGINE_IN_TRAINER_ONLY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rivulet.trainer..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl.ndarray..", "ai.djl.pytorch..");

  @ArchTest
  static final ArchRule STREAMS_IN_RANK_MONITOR_ONLY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rivulet.rankmonitor..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka.streams.processor..", "org.apache.kafka.streams.kstream..");

  @ArchTest
  static final ArchRule JSON_BY_JACKSON =
      noClasses()
          .that()
          // Vert.x wants the data of a failed check in its own JSON type.
          .doNotHaveSimpleName("HealthRoutes")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.google.gson..", "io.vertx.core.json..", "org.json..");
}
