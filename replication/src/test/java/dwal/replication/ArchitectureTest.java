package dwal.replication;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of this module: what may know what. */
@AnalyzeClasses(packages = "dwal.replication", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule consensusAndControllerAreBuiltInOnePackage = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.replication.metadata")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka.raft..",
                    "org.apache.kafka.snapshot..",
                    "org.apache.kafka.image.loader..",
                    "org.apache.kafka.image.publisher..")
            .because("an upgrade of KRaft must be one diff in one package");

    @ArchTest
    static final ArchRule metadataDoesNotKnowPartitions = noClasses()
            .that()
            .resideInAPackage("dwal.replication.metadata")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dwal.replication", "dwal.log..", "dwal.protocol..")
            .because("partitions follow the metadata image, never the other way round");

    @ArchTest
    static final ArchRule nothingHereKnowsNetworkOrIndex = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "org.rocksdb..", "dwal.server..")
            .because("sockets belong to the server and RocksDB to the log's index");

    @ArchTest
    static final ArchRule timeComesFromOutside = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .because("the simulation turns the clock");
}
