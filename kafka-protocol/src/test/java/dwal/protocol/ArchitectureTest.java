package dwal.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of this module: what may know what. */
@AnalyzeClasses(packages = "dwal.protocol", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule theProtocolKnowsNobodyElse = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dwal.environment..", "dwal.log..", "dwal.replication..", "dwal.coordinator..", "dwal.server..")
            .because("it is about bytes, and everybody else is built on it");

    @ArchTest
    static final ArchRule batchesKnowNoRequests = noClasses()
            .that()
            .resideInAPackage("dwal.protocol.batch")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dwal.protocol", "io.netty..")
            .allowEmptyShould(true)
            .because("a log checks batches without a network");

    @ArchTest
    static final ArchRule clockThreadsFilesAndChanceComeFromOutside = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class, java.util.Random.class, java.io.File.class, java.nio.file.Files.class)
            .because("only the real environment touches the world");
}
