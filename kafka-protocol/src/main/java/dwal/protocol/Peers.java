package dwal.protocol;

/** The other nodes of the cluster, as this one speaks to them. Any thread. */
public interface Peers {

    /** A line of its own to {@code nodeId}: nothing is connected before the first request. */
    Peer to(int nodeId);
}
