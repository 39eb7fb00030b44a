package dwal.replication.metadata;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/** Where the id of a cluster comes from when nobody has given one. */
final class ClusterIds {
    private ClusterIds() {}

    /**
     * The id of a cluster with static voters, the same on all nodes since they all have the same voters: the first 16 bytes
     * of the SHA-256 of {@code dwal:ID@HOST:PORT,...}, sorted.
     *
     * @param voters {@code controller.quorum.voters}
     */
    static String ofVoters(Collection<String> voters) {
        String text = "dwal:" + String.join(",", new TreeSet<>(voters));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            ByteBuffer bytes = ByteBuffer.wrap(hash);
            return new Uuid(bytes.getLong(), bytes.getLong()).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
