package dwal.replication.metadata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.raft.QuorumStateStore;
import org.apache.kafka.raft.generated.QuorumStateData;
import org.apache.kafka.server.common.KRaftVersion;

/**
 * This voter's term and vote, in Kafka's file {@code quorum-state}: one line of JSON, on stable storage before a vote is
 * answered, replaced whole. A second line, which Kafka does not read, has the CRC-32C of the first: a digit that turned into
 * another could make this voter vote twice in one term.
 *
 * <p>Kafka's own class brings a JSON library that nothing else in the process needs, a tenth of all classes at start. This
 * one writes and reads the one line that a dynamic quorum has, and leaves every other form of it to Kafka's, without a
 * checksum. The Raft thread's alone.
 */
final class QuorumStateFile implements QuorumStateStore {
    private static final short DYNAMIC = 1;
    private static final Pattern LINE = Pattern.compile("\\{\"leaderId\":(-?\\d{1,9}),\"leaderEpoch\":(\\d{1,9}),"
            + "\"votedId\":(-?\\d{1,9}),\"votedDirectoryId\":\"([A-Za-z0-9_-]{22})\",\"data_version\":1}");
    private static final String CHECKSUM = "checksum: ";

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
        Matcher line = LINE.matcher(verified(read()));
        if (!line.matches()) {
            return readAsKafkaDoes();
        }
        return Optional.of(ElectionState.fromQuorumStateData(new QuorumStateData()
                .setLeaderId(Integer.parseInt(line.group(1)))
                .setLeaderEpoch(Integer.parseInt(line.group(2)))
                .setVotedId(Integer.parseInt(line.group(3)))
                .setVotedDirectoryId(Uuid.fromString(line.group(4)))));
    }

    private Optional<ElectionState> readAsKafkaDoes() {
        try {
            return kafkas.readElectionState();
        } catch (RuntimeException e) {
            throw damaged(e.getMessage() + ": " + e.getCause());
        }
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
            // Not cut before it is written: on a full disk it has its block from MetadataRoom.
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                String whole = line + "\n" + CHECKSUM + checksumOf(line) + "\n";
                ByteBuffer bytes = ByteBuffer.wrap(whole.getBytes(StandardCharsets.ISO_8859_1));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.truncate(channel.position());
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

    /** The first line of {@code text}, if what follows fits it; Kafka's files have nothing there, or a line end. */
    private String verified(String text) {
        int end = text.indexOf('\n');
        String line = end < 0 ? text : text.substring(0, end);
        String rest = end < 0 ? "" : text.substring(end + 1);
        if (!rest.isBlank() && !rest.equals(CHECKSUM + checksumOf(line) + "\n")) {
            throw damaged("its checksum does not fit");
        }
        return line;
    }

    private DataDirectoryException damaged(String why) {
        return new DataDirectoryException(path + " is damaged (" + why + "). It holds what this voter has voted, so"
                + " without it the node could vote twice. Nothing was changed. Restore the file; or give the node an empty"
                + " data directory, and have the other voters take it in as a new one");
    }

    private static String checksumOf(String line) {
        var crc = new CRC32C();
        crc.update(line.getBytes(StandardCharsets.ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private String read() {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the vote from " + path, e);
        }
    }
}
