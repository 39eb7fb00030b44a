package dwal.coordinator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dwal.coordinator", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule coordinatorsKnowPartitionsOnlyByTheirPort = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dwal.log..", "dwal.replication..", "dwal.server..", "io.netty..", "org.rocksdb..")
            .because("the server implements CoordinatorPartitions on replication");

    @ArchTest
    static final ArchRule consensusIsNoneOfTheirBusiness = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka.raft..", "org.apache.kafka.controller..", "org.apache.kafka.image.loader..")
            .because("coordinators are told the metadata image and nothing else");

    @ArchTest
    static final ArchRule theWorldComesThroughThePorts = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callConstructor(Thread.class)
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.concurrent.Executors")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .because("time, threads and chance come from dwal.environment, so that a simulation can give them");
}
