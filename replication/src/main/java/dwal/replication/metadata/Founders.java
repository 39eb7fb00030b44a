package dwal.replication.metadata;

import java.util.Objects;
import org.apache.kafka.raft.DynamicVoters;
import org.apache.kafka.raft.QuorumConfig;
import org.jspecify.annotations.Nullable;

/**
 * Who votes at first in the metadata quorum that a new data directory is formatted for. Immutable; any thread.
 *
 * @see DataDirectory
 */
public final class Founders {
    private enum Kind {
        STATIC_VOTERS,
        THIS_NODE,
        THESE,
        OTHERS
    }

    private static final Founders STATIC_VOTERS = new Founders(Kind.STATIC_VOTERS, null);
    private static final Founders THIS_NODE = new Founders(Kind.THIS_NODE, null);
    private static final Founders OTHERS = new Founders(Kind.OTHERS, null);

    private final Kind kind;
    private final @Nullable DynamicVoters these;

    private Founders(Kind kind, @Nullable DynamicVoters these) {
        this.kind = kind;
        this.these = these;
    }

    /** This node alone; others may be added later. */
    public static Founders thisNode() {
        return THIS_NODE;
    }

    /** Others: this node follows them, and may be added as a voter later. */
    public static Founders others() {
        return OTHERS;
    }

    /**
     * Several nodes, each formatted with the same list.
     *
     * @param list {@code ID@HOST:PORT:DIRECTORY-ID,...}, as Kafka's storage tool takes it
     * @throws IllegalArgumentException with a message that says what is wrong with it
     */
    public static Founders these(String list) {
        return new Founders(Kind.THESE, DynamicVoters.parse(list));
    }

    /** What follows from the configuration of a node that was not told. */
    static Founders of(MetadataSettings settings) {
        QuorumConfig quorum = settings.quorum();
        if (!quorum.voters().isEmpty()) {
            return STATIC_VOTERS;
        }
        return settings.isController() && (quorum.bootstrapServers().isEmpty() || settings.namesOnlyItself())
                ? THIS_NODE
                : OTHERS;
    }

    /** Whether voters can be added and removed. */
    boolean isDynamic() {
        return kind != Kind.STATIC_VOTERS;
    }

    /** Whether the cluster begins with this directory, so that its id can be anything. */
    boolean isNewCluster() {
        return kind == Kind.THIS_NODE;
    }

    /** The voters to write into the directory; null for none. */
    @Nullable
    DynamicVoters voters(DynamicVoters thisNode) {
        return switch (kind) {
            case THIS_NODE -> thisNode;
            case THESE -> Objects.requireNonNull(these);
            case STATIC_VOTERS, OTHERS -> null;
        };
    }
}
