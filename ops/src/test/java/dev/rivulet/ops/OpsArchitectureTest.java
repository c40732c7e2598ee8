package dev.rivulet.ops;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers inside the program: the command line on top, features, console, foundations. */
@AnalyzeClasses(packages = "dev.rivulet.ops", importOptions = ImportOption.DoNotIncludeTests.class)
class OpsArchitectureTest {

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("dev.rivulet.ops.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NOTHING_USES_THE_TOP =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rivulet.ops.cli..")
          .should()
          .dependOnClassesThat(resideInAPackage("dev.rivulet.ops.cli.."));

  /** Shared options, exit codes and tables know no feature. */
  @ArchTest
  static final ArchRule CONSOLE_BELOW_THE_FEATURES =
      noClasses()
          .that()
          .resideInAPackage("dev.rivulet.ops.console..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.rivulet.ops..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "dev.rivulet.ops.console..",
                              "dev.rivulet.ops.broker..",
                              "dev.rivulet.ops.config.."))));

  /** What is ordered from a run does not depend on who asks: a command, or a route. */
  @ArchTest
  static final ArchRule ORDERS_WITHOUT_A_FRONT =
      noClasses()
          .that()
          .resideInAPackage("dev.rivulet.ops.orders..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", "io.vertx..", "dev.rivulet.ops.console..");
}
