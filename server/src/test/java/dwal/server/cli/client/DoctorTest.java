package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.cli.client.Finding.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.MemberAssignment;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.junit.jupiter.api.Test;

class DoctorTest {
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);
    private static final MemberDescription MEMBER = new MemberDescription(
            "member-1",
            Optional.empty(),
            Optional.empty(),
            "billing-client",
            "/10.0.0.7",
            new MemberAssignment(Set.of(FIRST, SECOND)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    @Test
    void aGroupThatStandsIsAProblemWithTheRecordNamed() {
        var finding = GroupChecks.compare(look(5L, 9L), look(5L, 9L), 6, Map.of());

        assertThat(finding).isNotNull();
        assertThat(finding.level()).isEqualTo(Level.PROBLEM);
        assertThat(finding.sentence())
                .contains(
                        "Group billing",
                        "orders-0 at offset 5",
                        "5 records before the end",
                        "billing-client at 10.0.0.7");
        assertThat(finding.change()).contains("bin/dwal consume orders -p 0 -o 5 -n 1");
    }

    @Test
    void aPartitionThatStandsWhileOthersGoOnIsAWarning() {
        var finding = GroupChecks.compare(look(5L, 8L), look(5L, 9L), 6, Map.of());

        assertThat(finding).isNotNull();
        assertThat(finding.level()).isEqualTo(Level.WARNING);
    }

    @Test
    void aGroupThatGoesOnOrHasReadAllIsFine() {
        assertThat(GroupChecks.compare(look(5L, 8L), look(6L, 9L), 6, Map.of())).isNull();
        assertThat(GroupChecks.compare(look(10L, 10L), look(10L, 10L), 6, Map.of()))
                .isNull();
    }

    @Test
    void aGroupThatHasNeverCommittedIsStuckAtTheBeginning() {
        var finding = GroupChecks.compare(look(null, 10L), look(null, 10L), 6, Map.of());

        assertThat(finding).isNotNull();
        assertThat(finding.sentence()).contains("orders-0 at the beginning");
    }

    @Test
    void aGroupThatWaitsForAnOpenTransactionIsToldSo() {
        var finding = GroupChecks.compare(look(5L, 10L), look(5L, 10L), 6, Map.of(FIRST, 5L));

        assertThat(finding).isNotNull();
        assertThat(finding.change()).contains("end the open transaction that begins at this offset");
        assertThat(GroupChecks.compare(look(5L, 10L), look(5L, 10L), 6, Map.of(FIRST, 6L)))
                .isNotNull()
                .extracting(Finding::change)
                .asString()
                .contains("look at the record");
    }

    @Test
    void aClientThatGetsLostIsNamedWithTheSettingToChange() throws Exception {
        var ghost = Json.parse("{\"clientId\":\"shop\",\"clientAddress\":\"10.0.0.7\",\"listener\":\"PLAINTEXT\","
                + "\"topics\":[\"orders\",\"bills\"],\"sentTo\":[\"one.internal:9092\"],\"asked\":12,"
                + "\"firstTime\":1000,\"lastTime\":31000,\"more\":[true,null,{\"a\":1.5}]}");

        Finding finding = GhostCheck.finding("Node 1", (Map<?, ?>) ghost);

        assertThat(finding.level()).isEqualTo(Level.PROBLEM);
        assertThat(finding.text())
                .contains("Node 1 has been asked 12 times in 30 s by client 'shop' at 10.0.0.7 who leads orders, bills;"
                        + " it never came to where it was sent, one.internal:9092.")
                .contains("-> advertised.listeners (of PLAINTEXT) of the nodes");
    }

    @Test
    void aDiskIsFineScarceOrFull() {
        assertThat(disk(1000, 500)).isEqualTo(Level.OK);
        assertThat(disk(1000, 99)).isEqualTo(Level.WARNING);
        assertThat(disk(1000, 10)).isEqualTo(Level.PROBLEM);
        assertThat(DiskCheck.look(1, "/data", new LogDirDescription(new KafkaStorageException("broken"), Map.of()))
                        .level())
                .isEqualTo(Level.PROBLEM);
    }

    private static Level disk(long total, long usable) {
        return DiskCheck.look(1, "/data", new LogDirDescription(null, Map.of(), total, usable))
                .level();
    }

    @Test
    void clocksAgreeWithinTheTimeOfTheQuestion() {
        assertThat(ClockCheck.compare(1, 1000, 1020, 1050).sentence()).contains("that of this machine, within 50 ms");
        assertThat(ClockCheck.compare(1, 10_000, 6_000, 10_050).level()).isEqualTo(Level.WARNING);
        assertThat(ClockCheck.compare(1, 10_000, 6_000, 10_050).sentence()).contains("4000 ms behind");
        assertThat(ClockCheck.compare(1, 10_000, 200_000, 10_050).level()).isEqualTo(Level.PROBLEM);
        assertThat(ClockCheck.compare(1, 10_000, 200_000, 10_050).sentence()).contains("189950 ms ahead of");
    }

    /** The group at one look: both partitions end at 10. */
    private static GroupChecks.Look look(Long first, Long second) {
        var group = new ConsumerGroupDescription(
                "billing",
                false,
                List.of(MEMBER),
                "range",
                GroupType.CLASSIC,
                GroupState.STABLE,
                new Node(1, "localhost", 9092),
                Set.of(),
                Optional.empty(),
                Optional.empty());
        return GroupChecks.Look.at(
                group,
                List.of(
                        new Groups.Progress(FIRST, first, 10L, MEMBER),
                        new Groups.Progress(SECOND, second, 10L, MEMBER)));
    }
}
