package dev.rivulet.trainer;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import ai.djl.Device;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers inside the trainer: each uses only those below it. */
@AnalyzeClasses(
    packages = "dev.rivulet.trainer",
    importOptions = ImportOption.DoNotIncludeTests.class)
class TrainerArchitectureTest {
  @ArchTest
  static final ArchRule LAYERS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("tensor")
          .definedBy("dev.rivulet.trainer.tensor..")
          .layer("factor")
          .definedBy("dev.rivulet.trainer.factor..")
          .layer("model")
          .definedBy("dev.rivulet.trainer.model..")
          .layer("spectrum")
          .definedBy("dev.rivulet.trainer.spectrum..")
          .layer("method")
          .definedBy("dev.rivulet.trainer.method..")
          .layer("estimate")
          .definedBy("dev.rivulet.trainer.estimate..")
          .layer("score")
          .definedBy("dev.rivulet.trainer.score..")
          .layer("loop")
          .definedBy("dev.rivulet.trainer.loop..")
          .whereLayer("tensor")
          .mayOnlyBeAccessedByLayers(
              "factor", "model", "spectrum", "method", "estimate", "score", "loop")
          .whereLayer("factor")
          .mayOnlyBeAccessedByLayers("model", "spectrum", "method", "estimate", "score", "loop")
          .whereLayer("model")
          .mayOnlyBeAccessedByLayers("spectrum", "method", "estimate", "score", "loop")
          .whereLayer("spectrum")
          .mayOnlyBeAccessedByLayers("method", "loop")
          .whereLayer("method")
          .mayOnlyBeAccessedByLayers("estimate", "loop")
          .whereLayer("estimate")
          .mayOnlyBeAccessedByLayers("loop")
          .whereLayer("score")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("loop")
          .mayNotBeAccessedByAnyLayer();

  /** The loop chooses the device; what is done on it, it leaves to the layers below. */
  @ArchTest
  static final ArchRule ENGINE_BELOW_THE_LOOP =
      noClasses()
          .that()
          .resideInAPackage("dev.rivulet.trainer.loop..")
          .should()
          .dependOnClassesThat(resideInAPackage("ai.djl..").and(not(type(Device.class))));

  @ArchTest
  static final ArchRule KAFKA_IN_THE_LOOP_ONLY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rivulet.trainer.loop..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..",
              "dev.rivulet.schemas.topic..",
              "dev.rivulet.schemas.checkpoint..");

  @ArchTest
  static final ArchRule NATIVE_CALLS_IN_TENSOR_ONLY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rivulet.trainer.tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl.pytorch..");
}
