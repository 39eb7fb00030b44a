package dwal.server.simulation;

/** Ways in which a cluster can be made wrong on purpose: a simulation that does not notice them proves nothing. */
public enum Bug {
    /** The leader acknowledges acks=all when it has written the records itself. */
    ACK_BEFORE_REPLICATION,
    /** The leader takes every follower to have what it has itself. */
    HIGH_WATERMARK_FROM_LEADER_ALONE,
    /** A new follower cuts its log at its high watermark and does not compare leader epochs. */
    TRUNCATE_TO_HIGH_WATERMARK,
    /** The controller takes proposals of leaders that were deposed. */
    NO_FENCING,
    /** A follower joins the in-sync replicas before it has all that is committed. */
    ISR_GROWN_TOO_EARLY,
    /** A follower says that it has stored what it has not synced. */
    UNSYNCED_FOLLOWER_COUNTED,
    /** A replica that is not in sync is elected. */
    UNCLEAN_LEADER,
    /** A new leader does not know the producers' last sequences. */
    DUPLICATE_CHECK_LOST,
    /** A node acts on what the metadata said of its last run. */
    ROLE_BEFORE_REGISTRATION,
    /** A sync that fails is taken for one that worked. */
    FAILED_SYNC_IGNORED,
    /** What did not fit on a full disk is acknowledged as if it had. */
    WRITES_TO_FULL_DISK_ACKNOWLEDGED,
    /** The zeros that are written ahead of the end of a log begin before it. */
    ZEROS_OVER_RECORDS,
    /** Replicas and clients take batches without looking at their checksums. */
    CHECKSUMS_IGNORED,
    /** A leader whose log is damaged takes every follower to have what it has itself. */
    DAMAGED_LEADER_COMMITS_ALONE,
    /** A log whose files are lost is taken for a new one. */
    LOST_LOG_TAKEN_FOR_NEW
}
