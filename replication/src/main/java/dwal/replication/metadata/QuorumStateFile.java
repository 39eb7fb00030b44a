package dwal.replication.metadata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.raft.QuorumStateStore;
import org.apache.kafka.raft.generated.QuorumStateData;
import org.apache.kafka.server.common.KRaftVersion;

/**
 * This voter's term and vote, in Kafka's file {@code quorum-state}: one line of JSON, on stable storage before a vote is
 * answered, replaced whole.
 *
 * <p>Kafka's own class brings a JSON library that nothing else in the process needs, a tenth of all classes at start. This
 * one writes and reads the one line that a dynamic quorum has, and leaves every other form of it to Kafka's. The Raft
 * thread's alone.
 */
final class QuorumStateFile implements QuorumStateStore {
    private static final short DYNAMIC = 1;
    private static final Pattern LINE = Pattern.compile("\\{\"leaderId\":(-?\\d{1,9}),\"leaderEpoch\":(\\d{1,9}),"
            + "\"votedId\":(-?\\d{1,9}),\"votedDirectoryId\":\"([A-Za-z0-9_-]{22})\",\"data_version\":1}");

    private final Path path;
    private final FileQuorumStateStore kafkas;

    QuorumStateFile(Path path) {
        this.path = path;
        this.kafkas = new FileQuorumStateStore(path.toFile());
    }

    @Override
    public Optional<ElectionState> readElectionState() {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        Matcher line = LINE.matcher(read());
        if (!line.matches()) {
            return kafkas.readElectionState();
        }
        return Optional.of(ElectionState.fromQuorumStateData(new QuorumStateData()
                .setLeaderId(Integer.parseInt(line.group(1)))
                .setLeaderEpoch(Integer.parseInt(line.group(2)))
                .setVotedId(Integer.parseInt(line.group(3)))
                .setVotedDirectoryId(Uuid.fromString(line.group(4)))));
    }

    @Override
    public void writeElectionState(ElectionState latest, KRaftVersion kraftVersion) {
        if (kraftVersion.quorumStateVersion() != DYNAMIC) {
            kafkas.writeElectionState(latest, kraftVersion);
            return;
        }
        QuorumStateData state = latest.toQuorumStateData(DYNAMIC);
        String line = "{\"leaderId\":" + state.leaderId() + ",\"leaderEpoch\":" + state.leaderEpoch() + ",\"votedId\":"
                + state.votedId() + ",\"votedDirectoryId\":\"" + state.votedDirectoryId() + "\",\"data_version\":1}";
        Path fresh = path.resolveSibling(path.getFileName() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            // Syncs the directory, too.
            Utils.atomicMoveWithFallback(fresh, path);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the vote to " + path, e);
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public void clear() {
        kafkas.clear();
    }

    private String read() {
        try {
            return Files.readString(path).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the vote from " + path, e);
        }
    }
}
