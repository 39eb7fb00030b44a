package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.raft.ReplicaKey;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class QuorumStateFileTest {
    private static final List<ElectionState> STATES = List.of(
            ElectionState.withUnknownLeader(7, Set.of()),
            ElectionState.withVotedCandidate(8, ReplicaKey.of(3, Uuid.randomUuid()), Set.of()),
            ElectionState.withVotedCandidate(9, ReplicaKey.of(3, ReplicaKey.NO_DIRECTORY_ID), Set.of()),
            ElectionState.withElectedLeader(10, 2, Optional.empty(), Set.of()),
            ElectionState.withElectedLeader(11, 2, Optional.of(ReplicaKey.of(2, Uuid.randomUuid())), Set.of()));

    @TempDir
    Path directory;

    private QuorumStateFile ours;
    private FileQuorumStateStore kafkas;

    @BeforeEach
    void open() {
        Path path = directory.resolve("quorum-state");
        ours = new QuorumStateFile(path);
        kafkas = new FileQuorumStateStore(path.toFile());
    }

    @Test
    void isEmptyBeforeTheFirstVote() {
        assertThat(ours.readElectionState()).isEmpty();
    }

    @Test
    void readsWhatItWroteAndSoDoesKafka() {
        for (ElectionState state : STATES) {
            ours.writeElectionState(state, KRaftVersion.KRAFT_VERSION_1);
            assertThat(ours.readElectionState()).contains(state);
            assertThat(kafkas.readElectionState()).contains(state);
        }
    }

    @Test
    void readsWhatKafkaWroteForBothKindsOfQuorum() {
        for (ElectionState state : STATES) {
            kafkas.writeElectionState(state, KRaftVersion.KRAFT_VERSION_1);
            assertThat(ours.readElectionState()).contains(state);
        }
        var withStaticVoters = ElectionState.withUnknownLeader(12, Set.of(1, 2, 3));
        ours.writeElectionState(withStaticVoters, KRaftVersion.KRAFT_VERSION_0);
        assertThat(ours.readElectionState()).contains(withStaticVoters);
        assertThat(kafkas.readElectionState()).contains(withStaticVoters);
    }

    @Test
    void writesOverWhatACrashLeft() throws Exception {
        Files.writeString(directory.resolve("quorum-state.tmp"), "x".repeat(1_000));
        ours.writeElectionState(STATES.get(0), KRaftVersion.KRAFT_VERSION_1);
        assertThat(ours.readElectionState()).contains(STATES.get(0));
        assertThat(ours.path()).content().hasSizeLessThan(200);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void writesInTheBlocksThatAreReservedForIt() throws Exception {
        Path fresh = Files.createFile(directory.resolve("quorum-state.tmp"));
        assertThat(Disk.system().reserve(fresh, 0, 1 << 20)).isTrue();
        ours.writeElectionState(STATES.get(0), KRaftVersion.KRAFT_VERSION_1);
        assertThat(MetadataRoomTest.allocatedBytes(ours.path())).isGreaterThanOrEqualTo(1 << 20);
    }

    @Test
    void writesTheSameLineAsKafkaAndAChecksumBehindIt() throws Exception {
        for (ElectionState state : STATES) {
            ours.writeElectionState(state, KRaftVersion.KRAFT_VERSION_1);
            List<String> written = Files.readAllLines(ours.path());
            kafkas.writeElectionState(state, KRaftVersion.KRAFT_VERSION_1);
            assertThat(written).hasSize(2).startsWith(Files.readString(ours.path()));
        }
    }

    @Test
    void readsTheSameAfterAnyFlippedBitOrNamesTheFile() throws Exception {
        ours.writeElectionState(STATES.get(1), KRaftVersion.KRAFT_VERSION_1);
        byte[] whole = Files.readAllBytes(ours.path());
        int line = Files.readAllLines(ours.path()).get(0).length();
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(ours.path(), flipped);
            try {
                assertThat(ours.readElectionState()).as("bit %d", bit).contains(STATES.get(1));
                assertThat(bit / 8).as("a bit that nobody noticed").isGreaterThanOrEqualTo(line);
            } catch (DataDirectoryException e) {
                assertThat(e).hasMessageContaining(ours.path().toString()).hasMessageContaining("Restore");
            }
        }
    }

    @Test
    void neverTakesADamagedVoteForNone() throws Exception {
        ours.writeElectionState(STATES.get(1), KRaftVersion.KRAFT_VERSION_1);
        String whole = Files.readString(ours.path());
        int line = whole.indexOf('\n');
        for (int length = 0; length < whole.length(); length++) {
            Files.writeString(ours.path(), whole.substring(0, length));
            if (length == line || length == line + 1) {
                // As Kafka writes it.
                assertThat(ours.readElectionState()).contains(STATES.get(1));
            } else {
                assertThatThrownBy(ours::readElectionState)
                        .as("the first %d bytes", length)
                        .isInstanceOf(RuntimeException.class);
            }
        }
    }

    /** Kafka's form for static voters has no checksum: what still reads as a vote is taken for one. */
    @Test
    void namesTheFileWhenTheVoteOfAStaticQuorumCannotBeRead() throws Exception {
        var voted = ElectionState.withVotedCandidate(8, ReplicaKey.of(3, ReplicaKey.NO_DIRECTORY_ID), Set.of(1, 2, 3));
        ours.writeElectionState(voted, KRaftVersion.KRAFT_VERSION_0);
        byte[] whole = Files.readAllBytes(ours.path());
        int named = 0;
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(ours.path(), flipped);
            try {
                assertThat(ours.readElectionState()).isPresent();
            } catch (DataDirectoryException e) {
                named++;
                assertThat(e).hasMessageContaining(ours.path().toString()).hasMessageContaining("Restore the file");
            }
        }
        assertThat(named).isGreaterThan(8 * whole.length / 2);
        for (int length = 0; length < whole.length - 2; length++) {
            Files.write(ours.path(), Arrays.copyOf(whole, length));
            assertThatThrownBy(ours::readElectionState)
                    .as("the first %d bytes", length)
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessageContaining(ours.path().toString());
        }
    }
}
