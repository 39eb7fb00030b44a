package dwal.benchmarks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dwal.benchmarks", importOptions = DoNotIncludeTests.class)
class BenchmarkArrowsTest {
    @ArchTest
    static final ArchRule theDriverKnowsServersByTheProtocolAlone = noClasses()
            .that()
            .resideInAPackage("dwal.benchmarks.load..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dwal.environment..", "dwal.protocol..", "dwal.log..", "dwal.benchmarks.micro..");
}
