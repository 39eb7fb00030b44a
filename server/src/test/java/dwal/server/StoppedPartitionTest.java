package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import dwal.server.cli.client.ClientCommands;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A partition of a single node that a fault stops, as producers, consumers and those who look after the node see it. */
class StoppedPartitionTest {
    private static final String STOPPED = "stopped";
    private static final String OTHER = "other";

    @TempDir
    Path directory;

    private final FaultyDisk disk = new FaultyDisk(Disk.system());
    private TestNodes nodes;
    private Broker node;

    @BeforeEach
    void stopAPartition() throws Exception {
        nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .on(1, disk)
                .start(1);
        node = (Broker) nodes.node(1);
        nodes.createTopic(STOPPED);
        nodes.createTopic(OTHER);
        assertThat(produce(STOPPED).errorCode()).isEqualTo(Errors.NONE.code());
        disk.setFaultyBelow(nodes.dataOf(1).resolve(STOPPED + "-0"));
    }

    @AfterEach
    void close() {
        disk.setFaultyBelow(null);
        nodes.close();
    }

    @Test
    void producersAndConsumersAreToldAndOtherPartitionsGoOn() throws Exception {
        for (int i = 0; i < 2; i++) {
            PartitionProduceResponse answer = produce(STOPPED);
            assertThat(answer.errorCode()).isEqualTo(Errors.KAFKA_STORAGE_ERROR.code());
            assertThat(answer.errorMessage()).contains("stopped by a fault");
        }
        assertThat(start(STOPPED)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(produce(OTHER).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(start(OTHER)).isEqualTo(Errors.NONE);
    }

    @Test
    void theDoctorNamesItAsReadinessDoes() throws Exception {
        assertThat(doctor()).containsPattern("(?m)^ok +partitions +All 2 partitions of 2 topics");

        produce(STOPPED);

        assertThat(node.waitsFor()).singleElement().asString().contains("Partitions are offline on it: stopped-0");
        assertThat(doctor())
                .containsPattern("(?m)^problem +partitions +Broker 1 leads stopped-0, and does not serve it")
                .contains("see the log of broker 1");
    }

    private PartitionProduceResponse produce(String topic) throws Exception {
        var record = new SimpleRecord("value".getBytes(StandardCharsets.UTF_8));
        return nodes.produce(1, topic, MemoryRecords.withRecords(Compression.NONE, record));
    }

    private Errors start(String topic) throws Exception {
        var request = new ListOffsetsRequestData()
                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(topic)
                        .setPartitions(List.of(
                                new ListOffsetsPartition().setTimestamp(ListOffsetsRequest.EARLIEST_TIMESTAMP)))));
        ListOffsetsResponseData answer =
                TestNodes.ask(nodes.portOf(1), ApiKeys.LIST_OFFSETS, 7, request, new ListOffsetsResponseData());
        return Errors.forCode(answer.topics().get(0).partitions().get(0).errorCode());
    }

    private String doctor() {
        var out = new StringWriter();
        var dwal = new CommandLine(CommandSpec.create());
        ClientCommands.addTo(dwal);
        dwal.setOut(new PrintWriter(out));
        dwal.setErr(new PrintWriter(out));
        dwal.execute("doctor", node.address(), "--timeout", "3", "--apart", "1");
        return out.toString();
    }
}
