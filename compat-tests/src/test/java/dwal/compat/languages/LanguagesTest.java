package dwal.compat.languages;

import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The scripts use topics and groups of their own, and wait more than they compute: some run side by side. */
@ExtendWith(SharedServer.class)
class LanguagesTest {

    // ---- C

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void kcatProducesAndConsumesInAllItsWays(Server server) throws Exception {
        // dwal has no transactions yet.
        String[] skipped = Server.isKafkaTarget() ? new String[0] : new String[] {"transactions"};
        CheckScript.kcat(server.bootstrap()).pass(skipped);
    }

    // ---- Python

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void librdkafkaThroughConfluentKafkaServesItsUsers(Server server) throws Exception {
        PythonModules.CONFLUENT_KAFKA.script(server.bootstrap()).pass();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void kafkaPythonServesItsUsers(Server server) throws Exception {
        PythonModules.KAFKA_PYTHON.script(server.bootstrap()).pass();
    }

    // ---- Node.js

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void kafkajsServesItsUsers(Server server) throws Exception {
        NodeModules.script("kafkajs-check.mjs", server.bootstrap()).pass();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void platformaticKafkaServesItsUsers(Server server) throws Exception {
        NodeModules.script("platformatic-check.mjs", server.bootstrap()).pass();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void grpcJsSpeaksToTheLogWithoutAName(Server server) throws Exception {
        grpc("grpc-check.mjs", "log/log.proto", server);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void grpcJsSpeaksToEveryTopic(Server server) throws Exception {
        grpc("grpc-topics-check.mjs", "dwal/v1/log.proto", server);
    }

    private static void grpc(String script, String service, Server server) throws Exception {
        Requirement.that(server instanceof DwalProcess, "only dwal has a gRPC listener");
        Path proto = Path.of(System.getProperty("dwal.home", ".."), "proto").resolve(service);
        NodeModules.script(script, ((DwalProcess) server).grpc(), proto.toString())
                .pass();
    }
}
