package dwal.log;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may know which. */
@AnalyzeClasses(packages = "dwal.log", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule rocksDbIsTouchedInOnePackageOnly = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.log.index")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..");

    @ArchTest
    static final ArchRule theIndexKnowsNothingOfLogs = noClasses()
            .that()
            .resideInAPackage("dwal.log.index")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dwal.log", "dwal.protocol..");

    @ArchTest
    static final ArchRule theWorldComesThroughTheEnvironment = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.nio.file.Files")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Thread");

    @ArchTest
    static final ArchRule nettyStaysInTheNetwork =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.netty..");
}
