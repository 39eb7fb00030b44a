package dwal.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files for Apache Kafka 4.3 as they are found: what it ships for nodes of one role, and what years of upgrades leave. */
class ExistingFilesTest {
    @TempDir
    Path folder;

    private BrokerConfig config(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("server.properties"), text);
        return BrokerConfig.of(BrokerConfig.given(file, Map.of(), null));
    }

    @Test
    void theBrokerThatKafkaShips() throws Exception {
        BrokerConfig config = config("""
                process.roles=broker
                node.id=2
                controller.quorum.bootstrap.servers=localhost:9093
                listeners=PLAINTEXT://localhost:9092
                inter.broker.listener.name=PLAINTEXT
                advertised.listeners=PLAINTEXT://localhost:9092
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
                num.network.threads=3
                num.io.threads=8
                socket.send.buffer.bytes=102400
                socket.receive.buffer.bytes=102400
                socket.request.max.bytes=104857600
                log.dirs=/tmp/kraft-broker-logs
                num.partitions=1
                num.recovery.threads.per.data.dir=1
                offsets.topic.replication.factor=1
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                #log.flush.interval.messages=10000
                log.retention.hours=168
                log.segment.bytes=1073741824
                log.retention.check.interval.ms=300000
                """);

        assertThat(config.isController()).isFalse();
        assertThat(config.listeners()).extracting(Endpoint::port).containsExactly(9092);
        assertThat(config.getShort("offsets.topic.replication.factor")).isEqualTo((short) 1);
        assertThat(config.warnings()).hasSize(1);
    }

    @Test
    void theControllerThatKafkaShips() throws Exception {
        BrokerConfig config = config("""
                process.roles=controller
                node.id=1
                controller.quorum.bootstrap.servers=localhost:9093
                listeners=CONTROLLER://:9093
                advertised.listeners=CONTROLLER://localhost:9093
                controller.listener.names=CONTROLLER
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
                num.network.threads=3
                num.io.threads=8
                log.dirs=/tmp/kraft-controller-logs
                num.partitions=1
                """);

        assertThat(config.isBroker()).isFalse();
        assertThat(config.advertisedControllerListeners())
                .extracting(Endpoint::host)
                .containsExactly("localhost");
    }

    @Test
    void oneThatHasSeenManyVersionsAndPlugIns() throws Exception {
        BrokerConfig config = config("""
                # Seit 2016, \u00fcber viele Versionen
                process.roles=broker,controller
                broker.id=7
                broker.id.generation.enable=false
                broker.rack = eu-1a \t
                listeners=INTERNAL://:9092,EXTERNAL://:9094
                advertised.listeners=INTERNAL://broker-7:9092,\\
                    EXTERNAL://kafka.example:19094
                listener.security.protocol.map=INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT
                inter.broker.listener.name=INTERNAL
                listener.name.external.max.connections=500
                listener.name.external.scram-sha-512.sasl.jaas.config=some.Module required;
                zookeeper.connect=zk1:2181,zk2:2181/kafka
                zookeeper.connection.timeout.ms=18000
                authorizer.zookeeper.url=zk1:2181
                inter.broker.protocol.version=2.8
                log.message.format.version=2.8
                log.cleaner.enable=true
                log.dir=/var/lib/kafka
                ssl.keystore.location=/etc/kafka/keystore.jks
                ssl.keystore.password=secret
                sasl.enabled.mechanisms=SCRAM-SHA-512
                remote.log.storage.system.enable=true
                remote.log.storage.manager.class.name=com.acme.Storage
                remote.log.storage.manager.class.path=/opt/acme/*
                rsm.config.chunk.size=4194304
                rlmm.config.remote.log.metadata.topic.replication.factor=3
                metrics.jmx.exclude=kafka.server:.*
                metrics.context.cluster=eu
                client.quota.callback.class=com.acme.Quotas
                client.quota.callback.static.produce=1048576
                confluent.support.metrics.enable=false
                config.providers=env
                config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
                config.providers.env.param.allowlist.pattern=.*
                """);

        assertThat(config.nodeId()).isEqualTo(7);
        assertThat(config.getString("broker.rack")).isEqualTo("eu-1a");
        assertThat(config.dataDirectory()).isEqualTo(Path.of("/var/lib/kafka"));
        assertThat(config.advertisedListeners())
                .extracting(Endpoint::host)
                .containsExactly("broker-7", "kafka.example");
        assertThat(config.warnings()).hasSize(3);
        assertThat(config.warnings().get(1)).contains("authorizer.zookeeper.url", "log.message.format.version");
        assertThat(config.warnings().get(2))
                .endsWith("left to com.acme.Quotas, which may know them: client.quota.callback.static.produce");
    }
}
