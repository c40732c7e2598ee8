package dev.rivulet.schemas;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers inside the contract: arithmetic without Kafka at the bottom, versions on top. */
@AnalyzeClasses(
    packages = "dev.rivulet.schemas",
    importOptions = ImportOption.DoNotIncludeTests.class)
class SchemasArchitectureTest {
  private static final String ROOT = "dev.rivulet.schemas.";

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching(ROOT + "(*)..").should().beFreeOfCycles();

  /** The fold is the same for trainer, follower and auditor, whatever the source of the bytes. */
  @ArchTest
  static final ArchRule ARITHMETIC_WITHOUT_KAFKA =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + "adapter..",
              ROOT + "fold..",
              ROOT + "lozo..",
              ROOT + "policy..",
              ROOT + "quant..",
              ROOT + "tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", ROOT + "topic..", ROOT + "checkpoint..");

  @ArchTest
  static final ArchRule NOTHING_USES_VERSIONS =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "version..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "version..");
}
