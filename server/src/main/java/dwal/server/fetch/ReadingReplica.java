package dwal.server.fetch;

/**
 * A follower that fetches, as it names itself; whether it is one is seen partition by partition.
 *
 * @param id of its broker
 * @param brokerEpoch of its registration; -1 before version 15 (KIP-903)
 */
record ReadingReplica(int id, long brokerEpoch) {}
