package dwal.compat.languages;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Server;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Groups go on after a restart exactly where they committed, whatever the client. Has a server of its own, since it ends it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanguagesRestartTest {
    /** Makes the script for a client, with these arguments. */
    private interface Client {
        CheckScript script(String... arguments) throws Exception;
    }

    private final Server server = Server.ofTarget(Map.of());

    @BeforeAll
    void start() {
        server.start();
    }

    @AfterAll
    void end() {
        server.close();
    }

    private void goesOnAfterARestart(String name, Client client) throws Exception {
        client.script(server.bootstrap(), "before", name, name + "-group").pass();
        assertThat(server.stop()).as("exit status after SIGTERM").isIn(0, 143);
        server.start();
        client.script(server.bootstrap(), "after", name, name + "-group").pass();
    }

    @Test
    void kcatGoesOnWhereItCommitted() throws Exception {
        goesOnAfterARestart("kcat", CheckScript::kcat);
    }

    @Test
    void confluentKafkaGoesOnWhereItCommitted() throws Exception {
        goesOnAfterARestart("confluent", PythonModules.CONFLUENT_KAFKA::script);
    }

    @Test
    void kafkaPythonGoesOnWhereItCommitted() throws Exception {
        goesOnAfterARestart("kafka-python", PythonModules.KAFKA_PYTHON::script);
    }

    @Test
    void kafkajsGoesOnWhereItCommitted() throws Exception {
        goesOnAfterARestart("kafkajs", arguments -> NodeModules.script("kafkajs-check.mjs", arguments));
    }

    @Test
    void platformaticKafkaGoesOnWhereItCommitted() throws Exception {
        goesOnAfterARestart("platformatic", arguments -> NodeModules.script("platformatic-check.mjs", arguments));
    }
}
