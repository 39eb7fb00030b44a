package dwal.compat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.JavaProcess;
import dwal.compat.server.KafkaProcess;
import dwal.environment.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/dwal doctor} before the listeners of a real Kafka: with TLS, with SASL, with both, and with an open transaction. */
class SecurityDoctorTest {
    private static final String PASSWORD = "only-for-tests";
    private static final String TLS = "127.0.0.1:" + FreePorts.next();
    private static final String SASL = "127.0.0.1:" + FreePorts.next();
    private static final String SASL_TLS = "127.0.0.1:" + FreePorts.next();

    @TempDir
    static Path folder;

    private static KafkaProcess kafka;

    @BeforeAll
    static void start() throws Exception {
        Path keys = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(JavaProcess.JAVA).resolveSibling("keytool").toString(),
                        "-genkeypair",
                        "-alias",
                        "broker",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=broker",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-keystore",
                        keys.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD)
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        kafka = new KafkaProcess(Map.ofEntries(
                Map.entry("listeners", "SSL://" + TLS + ",SASL_PLAINTEXT://" + SASL + ",SASL_SSL://" + SASL_TLS),
                Map.entry(
                        "listener.security.protocol.map",
                        Stream.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
                                .map(each -> each + ":" + each)
                                .reduce("CONTROLLER:PLAINTEXT", (all, each) -> all + "," + each)),
                Map.entry("ssl.keystore.location", keys.toString()),
                Map.entry("ssl.keystore.type", "PKCS12"),
                Map.entry("ssl.keystore.password", PASSWORD),
                Map.entry("listener.name.sasl_plaintext.sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256"),
                Map.entry("listener.name.sasl_ssl.sasl.enabled.mechanisms", "SCRAM-SHA-512"),
                Map.entry(
                        "listener.name.sasl_plaintext.plain.sasl.jaas.config",
                        login("Plain", "user_ada=\"" + PASSWORD + "\"")),
                Map.entry("listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config", login("Scram", "")),
                Map.entry("listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config", login("Scram", ""))));
        kafka.start();
    }

    private static String login(String kind, String options) {
        return "org.apache.kafka.common.security." + kind.toLowerCase(java.util.Locale.ROOT) + "." + kind
                + "LoginModule required " + options + ";";
    }

    @AfterAll
    static void stop() {
        if (kafka != null) kafka.close();
    }

    /** What it says at {@code addresses}, as a client with these properties, each a line. */
    private static Command.Result doctor(String addresses, String... properties) throws Exception {
        Path config = Files.write(folder.resolve("client.properties"), java.util.List.of(properties));
        return Command.run("127.0.0.1:1", "", "doctor", addresses, "--apart", "1", "--config", config.toString());
    }

    private static String problem(Command.Result result) {
        assertThat(result.exitCode()).as("%s%n%s", result.out(), result.err()).isEqualTo(1);
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    @Test
    void aClientWithoutSettingsIsToldWhatEachListenerWants() throws Exception {
        assertThat(problem(doctor(TLS + "," + SASL + "," + SASL_TLS)))
                .contains(TLS + " speaks Kafka's protocol inside TLS; this client does not use TLS (PLAINTEXT).")
                .contains("-> security.protocol=SSL in --config, and ssl.truststore.location")
                .contains(
                        SASL + " authenticates clients, by ", "PLAIN", "SCRAM-SHA-256", "does not want to (PLAINTEXT)")
                .contains("-> security.protocol=SASL_PLAINTEXT in --config")
                .contains(SASL_TLS + " speaks Kafka's protocol inside TLS")
                .containsPattern("(?m)^skipped +cluster ");
    }

    @Test
    void aClientWithTlsIsToldWhereThereIsNoneAndWhomItDoesNotTrust() throws Exception {
        assertThat(problem(doctor(kafka.bootstrap() + "," + TLS + "," + SASL_TLS, "security.protocol=SSL")))
                .contains(kafka.bootstrap() + " speaks Kafka's protocol without TLS; this client wants TLS (SSL).")
                .contains("-> security.protocol=PLAINTEXT in --config")
                .contains(SASL_TLS + " authenticates clients, by SCRAM-SHA-512; this one does not want to (SSL).")
                .contains("-> security.protocol=SASL_SSL in --config")
                .containsPattern("(?m)^problem +tls +" + TLS + " and this client do not trust each other: .*path")
                .contains("-> ssl.truststore.location in --config");
    }

    @Test
    void aClientWithAnotherMechanismIsToldThoseThatThereAre() throws Exception {
        assertThat(problem(doctor(
                        kafka.bootstrap() + "," + SASL,
                        "security.protocol=SASL_PLAINTEXT",
                        "sasl.mechanism=SCRAM-SHA-512")))
                .contains(kafka.bootstrap() + " does not authenticate clients; this one wants to (SASL_PLAINTEXT).")
                .containsPattern(
                        SASL + " authenticates by (PLAIN or SCRAM-SHA-256|SCRAM-SHA-256 or PLAIN), this client by"
                                + " SCRAM-SHA-512\\.")
                .contains("-> sasl.mechanism=");
    }

    private static String[] as(String password) {
        return new String[] {
            "security.protocol=SASL_PLAINTEXT",
            "sasl.mechanism=PLAIN",
            "sasl.jaas.config=" + login("Plain", "username=\"ada\" password=\"" + password + "\"")
        };
    }

    @Test
    void aWrongPasswordIsTold() throws Exception {
        assertThat(problem(doctor(SASL, as("wrong"))))
                .containsPattern("(?m)^ok +sasl +" + SASL + " and this client authenticate by PLAIN\\.$")
                .containsPattern("(?m)^problem +sasl +" + SASL + " does not let this client in: .*username or password")
                .contains("-> sasl.jaas.config in --config");
    }

    @Test
    void anOpenTransactionIsNamedAndTheGroupThatWaitsForIt() throws Exception {
        try (var producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrap(), "transactional.id", "till-7"),
                        new StringSerializer(),
                        new StringSerializer());
                var member = new StuckMember(kafka.bootstrap(), "held")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("held", "committed")).get();
            producer.commitTransaction();
            member.joined();
            member.commit(2);
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("held", "open")).get();

            Command.Result result = doctor(SASL, as(PASSWORD));

            assertThat(problem(result))
                    .containsPattern(
                            "(?m)^ok +advertised +Node 1 sends clients to " + SASL + ", which can be reached\\.$")
                    .contains(
                            "In held-0 consumers of committed records wait at offset 2, 1 before the end, for the open"
                                    + " transaction of 'till-7' (producer id ")
                    .contains("-> transaction.timeout.ms of that producer")
                    .contains("Group held (Stable) has not gone on in 1 s: it stands in held-0 at offset 2")
                    .contains("-> end the open transaction that begins at this offset")
                    .containsPattern("(?m)^skipped +clients +Node 1 is not dwal's");
            producer.abortTransaction();
        }
    }
}
