package dev.rivulet.rankmonitor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers inside the rank monitor: the topology calls the rules, which know no Kafka. */
@AnalyzeClasses(
    packages = "dev.rivulet.rankmonitor",
    importOptions = ImportOption.DoNotIncludeTests.class)
class RankMonitorArchitectureTest {
  private static final String ROOT = "dev.rivulet.rankmonitor";

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule RULES_WITHOUT_KAFKA =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".stability..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..", "dev.rivulet.schemas.topic..", ROOT, ROOT + ".topology..");

  @ArchTest
  static final ArchRule NOTHING_USES_THE_TOP =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".stability..", ROOT + ".topology..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT);
}
