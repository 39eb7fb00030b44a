package dwal.server.metrics;

import java.util.List;

/**
 * Every metric of dwal's own. Names are stable: what is here stays, in name, unit and labels. docs/metrics.md is made from it.
 */
@SuppressWarnings("ImmutableEnumChecker") // its lists are
public enum Metric {
    REQUEST_DURATION(
            Kind.HISTOGRAM,
            "dwal_request_duration_seconds",
            "From when a request was there until the socket had its answer, without waits that the client wants (a Fetch for"
                    + " records that are not there yet, JoinGroup, SyncGroup). Its count is the number of requests",
            "api"),
    REQUEST_BYTES(Kind.COUNTER, "dwal_request_bytes_total", "Bytes of requests", "api"),
    RESPONSE_BYTES(Kind.COUNTER, "dwal_response_bytes_total", "Bytes of answers", "api"),
    REQUEST_ERRORS(
            Kind.COUNTER,
            "dwal_request_errors_total",
            "Errors in answers, by Kafka's name of the error; one answer may hold several",
            "api",
            "error"),
    THROTTLES(
            Kind.COUNTER,
            "dwal_client_throttles_total",
            "How often a client had to pause, since it had used more than its quota allows",
            "quota"),
    THROTTLED_SECONDS(
            Kind.COUNTER,
            "dwal_client_throttled_seconds_total",
            "For how long all clients had to pause together, by the key of the quota: producer_byte_rate, consumer_byte_rate,"
                    + " request_percentage, controller_mutation_rate",
            "quota"),
    GATEWAY_DURATION(
            Kind.HISTOGRAM,
            "dwal_gateway_request_duration_seconds",
            "Of requests over HTTP and gRPC (door), but for streams: from when one was there until its client had the answer,"
                    + " without waiting for records as the client wants it. Its count is the number of requests",
            "door",
            "operation"),
    GATEWAY_STREAMS_BEGUN(
            Kind.COUNTER, "dwal_gateway_streams_begun_total", "Streams over HTTP and gRPC", "door", "operation"),
    GATEWAY_REQUEST_BYTES(
            Kind.COUNTER,
            "dwal_gateway_request_bytes_total",
            "Bytes of bodies of requests and of messages to streams",
            "door",
            "operation"),
    GATEWAY_RESPONSE_BYTES(
            Kind.COUNTER,
            "dwal_gateway_response_bytes_total",
            "Bytes of bodies of answers and of messages of streams; of streams when they end",
            "door",
            "operation"),
    GATEWAY_ERRORS(
            Kind.COUNTER,
            "dwal_gateway_request_errors_total",
            "Answers and ends of streams that are errors, by status of HTTP or gRPC",
            "door",
            "operation",
            "code"),
    GATEWAY_STREAMS(
            Kind.GAUGE, "dwal_gateway_readers", "Streams that read on, and requests that wait for records", "door"),
    GATEWAY_MEMORY(
            Kind.GAUGE,
            "dwal_gateway_memory_bytes",
            "What a door holds for its clients: unanswered requests, what was read, answers that are not taken",
            "door"),
    GATEWAY_MEMORY_LIMIT(
            Kind.GAUGE,
            "dwal_gateway_memory_limit_bytes",
            "From where on a door refuses (dwal.gateway.queued.max.bytes)",
            "door"),
    CONNECTIONS(Kind.GAUGE, "dwal_connections", "Open connections; those of the doors under http and grpc", "listener"),
    CONNECTIONS_ACCEPTED(Kind.COUNTER, "dwal_connections_accepted_total", "Connections that were taken", "listener"),
    CONNECTIONS_REFUSED(
            Kind.COUNTER,
            "dwal_connections_refused_total",
            "Connections that were one too many (max.connections, max.connections.per.ip, dwal.gateway.max.connections)",
            "listener"),
    REFUSALS(
            Kind.COUNTER,
            "dwal_refusals_total",
            "Connections that were refused or closed for what their client did; the node's log says why"),
    REQUEST_MEMORY(Kind.GAUGE, "dwal_request_memory_bytes", "Bytes of requests that are not handled yet"),
    REQUEST_MEMORY_LIMIT(Kind.GAUGE, "dwal_request_memory_limit_bytes", "From where on no more is read from sockets"),
    REQUEST_OBJECTS(
            Kind.GAUGE,
            "dwal_request_object_bytes",
            "What requests of more than 64 KiB take of the heap until they are answered, by estimation; records are not counted"),
    REQUEST_OBJECTS_LIMIT(
            Kind.GAUGE, "dwal_request_object_limit_bytes", "From where on such requests wait before they are read"),
    BUFFER_MEMORY(
            Kind.GAUGE,
            "dwal_buffer_memory_bytes",
            "Memory from which requests and answers take their buffers, in chunks that are kept (outside of the heap)"),
    QUEUED_TASKS(
            Kind.GAUGE,
            "dwal_queued_tasks",
            "Tasks that wait: for a network loop, for the strand of their partition, for a disk thread",
            "queue"),
    FETCHES_WAITING(Kind.GAUGE, "dwal_fetches_waiting", "Fetch requests that wait for something to read"),
    FETCH_SESSIONS(Kind.GAUGE, "dwal_fetch_sessions", "Fetch sessions that are kept"),
    APPENDS_WAITING(Kind.GAUGE, "dwal_appends_waiting", "Appends with acks=all that wait for syncs and followers"),
    LOG_APPENDS(Kind.COUNTER, "dwal_log_appends_total", "Appends to logs, as leader and as follower"),
    LOG_APPENDED_RECORDS(
            Kind.COUNTER, "dwal_log_appended_records_total", "Records appended to logs, as leader and as follower"),
    LOG_APPENDED_BYTES(
            Kind.COUNTER, "dwal_log_appended_bytes_total", "Bytes appended to logs, as leader and as follower"),
    LOG_SYNCS(Kind.HISTOGRAM, "dwal_log_sync_duration_seconds", "How long syncs of segments took"),
    LOG_FAILURES(Kind.COUNTER, "dwal_log_failures_total", "Logs that went offline: the node's log says why"),
    LOG_START_OFFSET(
            Kind.GAUGE, "dwal_log_start_offset", "Offset of the first record that can be read", "topic", "partition"),
    LOG_END_OFFSET(Kind.GAUGE, "dwal_log_end_offset", "Offset of the next record to be appended", "topic", "partition"),
    HIGH_WATERMARK(
            Kind.GAUGE, "dwal_log_high_watermark", "Up to which offset consumers may read", "topic", "partition"),
    LOG_SIZE(Kind.GAUGE, "dwal_log_size_bytes", "Bytes of all segments", "topic", "partition"),
    PARTITION_LEADER(
            Kind.GAUGE, "dwal_partition_leader", "1 where this node leads the partition, else 0", "topic", "partition"),
    PARTITION_IN_SYNC(
            Kind.GAUGE,
            "dwal_partition_in_sync_replicas",
            "In-sync replicas, told by the leader",
            "topic",
            "partition"),
    PARTITIONS_LEFT_OUT(
            Kind.GAUGE,
            "dwal_partitions_left_out",
            "Partitions of this node without series of their own, for there are too many"),
    PARTITIONS(
            Kind.GAUGE,
            "dwal_partitions",
            "Partitions of this node: leader, follower, failed (its log is offline), not_open (nobody needed it yet)",
            "role"),
    UNDER_REPLICATED(
            Kind.GAUGE,
            "dwal_under_replicated_partitions",
            "Partitions led here of which not all replicas are in sync"),
    UNDER_MIN_ISR(
            Kind.GAUGE,
            "dwal_under_min_isr_partitions",
            "Partitions led here with fewer replicas in sync than min.insync.replicas"),
    OFFLINE(
            Kind.GAUGE,
            "dwal_offline_partitions",
            "Partitions of the whole cluster without a leader, as this node knows"),
    FOLLOWER_LAG(
            Kind.GAUGE,
            "dwal_follower_max_lag_records",
            "The most that a follower lacks of any partition led here",
            "follower"),
    ISR_SHRINKS(
            Kind.COUNTER, "dwal_isr_shrinks_total", "How often in-sync replicas of partitions led here became fewer"),
    ISR_EXPANDS(
            Kind.COUNTER, "dwal_isr_expands_total", "How often in-sync replicas of partitions led here became more"),
    ELECTIONS(Kind.COUNTER, "dwal_leader_elections_total", "How often this node has begun to lead a partition"),
    REPLICATED_BYTES(Kind.COUNTER, "dwal_replicated_bytes_total", "Bytes that were fetched from leaders"),
    GROUPS(Kind.GAUGE, "dwal_groups", "Groups that this node coordinates"),
    GROUP_OFFSET(
            Kind.GAUGE,
            "dwal_group_committed_offset",
            "What the group has committed, told by its coordinator",
            "group",
            "topic",
            "partition"),
    GROUP_LAG(
            Kind.GAUGE,
            "dwal_group_lag_records",
            "Records between what the group has committed and the high watermark",
            "group",
            "topic",
            "partition"),
    GROUP_LAG_SECONDS(
            Kind.GAUGE,
            "dwal_group_lag_seconds",
            "Age of the first record that the group has not committed; 0 if there is none",
            "group",
            "topic",
            "partition"),
    INDEX_MEMTABLES(Kind.GAUGE, "dwal_index_memtable_bytes", "RocksDB: entries that are not in a file yet"),
    INDEX_CACHE(Kind.GAUGE, "dwal_index_block_cache_bytes", "RocksDB: blocks of files kept in memory"),
    INDEX_FILES(Kind.GAUGE, "dwal_index_file_bytes", "RocksDB: files in use"),
    INDEX_KEYS(Kind.GAUGE, "dwal_index_keys", "RocksDB: about how many keys there are"),
    INDEX_PENDING(
            Kind.GAUGE, "dwal_index_pending_compaction_bytes", "RocksDB: about what compaction has yet to rewrite"),
    INDEX_COMPACTIONS(Kind.GAUGE, "dwal_index_running_compactions", "RocksDB: compactions that run"),
    INDEX_FLUSHES(Kind.GAUGE, "dwal_index_running_flushes", "RocksDB: flushes that run"),
    CONTROLLER(Kind.GAUGE, "dwal_controller_id", "The active controller as this node knows it; -1 for none"),
    METADATA_OFFSET(
            Kind.GAUGE, "dwal_metadata_offset", "How far this node has applied the log of the cluster's metadata"),
    METADATA_EPOCH(Kind.GAUGE, "dwal_metadata_epoch", "The epoch of the quorum's leader at that offset"),
    BROKERS(Kind.GAUGE, "dwal_brokers", "Registered brokers: active, fenced", "state"),
    TOPICS(Kind.GAUGE, "dwal_topics", "Topics of the cluster"),
    DISK_TOTAL(Kind.GAUGE, "dwal_disk_total_bytes", "Size of the file system of the data directory"),
    DISK_USABLE(Kind.GAUGE, "dwal_disk_usable_bytes", "What is free on it"),
    READY(Kind.GAUGE, "dwal_ready", "1 if GET /health/ready says so");

    /** How a value behaves. */
    public enum Kind {
        GAUGE,
        COUNTER,
        HISTOGRAM
    }

    private final Kind kind;
    private final String name;
    private final String help;
    private final List<String> labels;

    Metric(Kind kind, String name, String help, String... labels) {
        this.kind = kind;
        this.name = name;
        this.help = help;
        this.labels = List.of(labels);
    }

    /** See {@link Kind}. */
    public Kind kind() {
        return kind;
    }

    /** Its name in queries, with unit; of a histogram without the endings of its parts. */
    public String exportedName() {
        return name;
    }

    /** What it says, for people. */
    public String help() {
        return help;
    }

    /** Names of its labels. */
    public List<String> labels() {
        return labels;
    }
}
