package dwal.server.network;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows round the listeners: what may know what. */
@AnalyzeClasses(packages = "dwal.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyTheListenersKnowSockets = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.server.network..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..")
            .because("a handler must not care how its request came");

    @ArchTest
    static final ArchRule theListenersKnowNoLogs = noClasses()
            .that()
            .resideInAPackage("dwal.server.network..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dwal.log..",
                    "dwal.replication..",
                    "dwal.coordinator..",
                    "dwal.server.handler..",
                    "dwal.server.config..")
            .because("they carry requests to whoever stands in the table of APIs");

    @ArchTest
    static final ArchRule theListenersTakeTheTimeFromTheClock = noClasses()
            .that()
            .resideInAPackage("dwal.server.network..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .because("a test turns the clock");
}
