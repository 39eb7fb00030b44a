package dwal.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of this module: what may know what. */
@AnalyzeClasses(packages = "dwal.gateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule thePackagesOfTheGateway = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("process")
            .definedBy("dwal.gateway")
            .layer("HTTP")
            .definedBy("dwal.gateway.http")
            .layer("gRPC")
            .definedBy("dwal.gateway.grpc..")
            .layer("sockets")
            .definedBy("dwal.gateway.network")
            .layer("administration")
            .definedBy("dwal.gateway.admin")
            .layer("log")
            .definedBy("dwal.gateway.log")
            .whereLayer("process")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("HTTP")
            .mayOnlyBeAccessedByLayers("process")
            .whereLayer("gRPC")
            .mayOnlyBeAccessedByLayers("process")
            .whereLayer("sockets")
            .mayOnlyBeAccessedByLayers("HTTP", "gRPC")
            .whereLayer("administration")
            .mayOnlyBeAccessedByLayers("process", "HTTP", "gRPC")
            .whereLayer("log")
            .mayOnlyBeAccessedByLayers("process", "HTTP", "gRPC", "administration")
            .because("doors know the log and not each other");

    @ArchTest
    static final ArchRule doorsAskHandlers = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dwal.log..", "dwal.replication..", "dwal.coordinator..", "dwal.server.handler..")
            .because("what a door does is a request that a client of Kafka could send");

    @ArchTest
    static final ArchRule onlyDoorsKnowSockets = noClasses()
            .that()
            .resideInAnyPackage("dwal.gateway", "dwal.gateway.admin", "dwal.gateway.log")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.grpc..", "com.google..", "com.fasterxml..")
            .because("what is asked does not depend on who asks");

    @ArchTest
    static final ArchRule grpcStaysBehindItsDoor = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.gateway.grpc..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.grpc..", "com.google..")
            .because("a node without gRPC loads nothing of it");

    @ArchTest
    static final ArchRule timeComesFromTheClock = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .because("a test turns the clock");

    @ArchTest
    static final ArchRule doorsStartNoThread = noClasses()
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.concurrent.Executors")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Thread$Builder")
            .because("they live on the node's network loops");
}
