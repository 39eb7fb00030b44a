package dwal.server.handler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dwal.server", importOptions = DoNotIncludeTests.class)
class GroupArchitectureTest {

    @ArchTest
    static final ArchRule theEmbeddedCoordinatorIsTouchedInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.server.config..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka.coordinator.group..",
                    "org.apache.kafka.coordinator.common..",
                    "org.apache.kafka.server.share..")
            .because("an upgrade of the embedded coordinator is one diff in dwal.coordinator; see Groups");
}
