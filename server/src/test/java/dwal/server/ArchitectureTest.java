package dwal.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of this module: what may know what. Those round the listeners stand beside them. */
@AnalyzeClasses(packages = "dwal.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule thePackagesOfTheServer = layeredArchitecture()
            .consideringAllDependencies()
            .layer("command line")
            .definedBy("dwal.server.cli..")
            .layer("process")
            .definedBy("dwal.server")
            .layer("simulation")
            .definedBy("dwal.server.simulation")
            .layer("metrics")
            .definedBy("dwal.server.metrics")
            .layer("handlers")
            .definedBy("dwal.server.handler", "dwal.server.fetch", "dwal.server.controller")
            .layer("listeners")
            .definedBy("dwal.server.network")
            .layer("quotas")
            .definedBy("dwal.server.quota")
            .layer("authorization")
            .definedBy("dwal.server.authorization")
            .layer("settings")
            .definedBy("dwal.server.config")
            .whereLayer("command line")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("process")
            .mayOnlyBeAccessedByLayers("command line")
            .whereLayer("simulation")
            .mayOnlyBeAccessedByLayers("command line")
            .whereLayer("handlers")
            .mayOnlyBeAccessedByLayers("process", "simulation", "metrics")
            .whereLayer("metrics")
            .mayOnlyBeAccessedByLayers("process")
            .whereLayer("listeners")
            .mayOnlyBeAccessedByLayers("process", "metrics")
            .whereLayer("quotas")
            .mayOnlyBeAccessedByLayers("process", "simulation", "handlers", "listeners", "metrics")
            .whereLayer("authorization")
            .mayOnlyBeAccessedByLayers("process", "handlers")
            .whereLayer("settings")
            .mayOnlyBeAccessedByLayers("process", "handlers", "command line")
            .because("Broker wires everything, and nothing that it wires knows Broker");

    @ArchTest
    static final ArchRule packagesKnowEachOtherOneWay = slices().matching("dwal.server.(*)..")
            .should()
            .beFreeOfCycles()
            .because("who reads one package need not have read those that use it");

    @ArchTest
    static final ArchRule theIndexBelongsToTheLogs = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.rocksdb..", "dwal.log.index..")
            .because("what is derived from the logs is the logs' own affair");

    @ArchTest
    static final ArchRule metricsAreExposedInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.server.metrics")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.prometheus..")
            .because("the parts count, and a node that nobody asks loads nothing of Prometheus");

    /** Names of settings are asked of whoever defines them. */
    @ArchTest
    static final ArchRule consensusIsBuiltInReplication = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.server.config")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka.raft..",
                    "org.apache.kafka.snapshot..",
                    "org.apache.kafka.image.loader..",
                    "org.apache.kafka.image.publisher..")
            .because("an upgrade of KRaft must be one diff, in dwal.replication.metadata");

    @ArchTest
    static final ArchRule onlyRequestsReachTheController = noClasses()
            .that()
            .resideOutsideOfPackages("dwal.server.controller", "dwal.server.config")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka.controller..")
            .because("what the cluster decides is asked by a handler or checked by the rules of settings; "
                    + "everyone else follows the metadata image");

    @ArchTest
    static final ArchRule theCommandLineIsReadInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage("dwal.server.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..")
            .because("a node can also be started without a command line");

    @ArchTest
    static final ArchRule clientsCommandsAreClients = noClasses()
            .that()
            .resideInAPackage("dwal.server.cli.client")
            .should()
            .dependOnClassesThat(resideInAPackage("dwal..")
                    .and(not(resideInAnyPackage("dwal.server.cli.client", "dwal.environment"))))
            .because("they work against any cluster, and know of a node what it tells");

    @ArchTest
    static final ArchRule timeComesFromTheClock = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .because("a test turns the clock");

    /** Threads, the lock, files of settings and of the process id belong to the packages round them. */
    @ArchTest
    static final ArchRule handlersStartNoThreadAndOpenNoFile = noClasses()
            .that()
            .resideInAnyPackage(
                    "dwal.server.handler", "dwal.server.controller", "dwal.server.fetch", "dwal.server.network")
            .should()
            .callConstructor(Thread.class, Runnable.class, String.class)
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.nio.file.Files")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.concurrent.Executors")
            .because("a handler runs on a network loop, which never waits for a file and starts no thread");
}
