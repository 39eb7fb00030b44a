package dwal.replication;

/** What a leader must know of the cluster's brokers, by the metadata as they stand now. Any thread. */
public interface Brokers {
    /** No broker is registered, or no epoch is known. */
    long NO_EPOCH = -1;

    /** Epoch of the registration of {@code brokerId}, or {@link #NO_EPOCH}. */
    long epochOf(int brokerId);

    /** Whether {@code brokerId} may join in-sync replicas: it is registered, not fenced, and not about to stop (KIP-841). */
    boolean isEligible(int brokerId);
}
