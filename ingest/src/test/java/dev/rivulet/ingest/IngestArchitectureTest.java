package dev.rivulet.ingest;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers inside ingest: readers and tokenizers know neither Kafka nor the packer. */
@AnalyzeClasses(
    packages = "dev.rivulet.ingest",
    importOptions = ImportOption.DoNotIncludeTests.class)
class IngestArchitectureTest {
  private static final String ROOT = "dev.rivulet.ingest";

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule SOURCES_WITHOUT_KAFKA =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".reader..", ROOT + ".tokenizer..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", ROOT, ROOT + ".pack..");

  /** Samples cross between the two only through the topic. */
  @ArchTest
  static final ArchRule PACKER_WITHOUT_READERS =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".pack..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT, ROOT + ".reader..");
}
