package dwal.server.network;

import dwal.protocol.RequestTimes;
import dwal.server.network.SlowRequest.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/** Finds out where the time of one request went. Used by one thread, once. */
final class Explanation {
    private static final int LONGEST_CLIENT_ID = 200;
    private static final String REPLICATION = "replication";

    /**
     * When a request was where.
     *
     * @param begunNanos when it began to be decoded
     * @param answeringNanos when its answer was next to be written
     * @param before which request of its connection it waited for until its turn; null for none
     * @param beforeWantedNanos how long that one had waited as its client wants
     * @param reads whether it asks for records
     */
    private record Course(
            long arrivedNanos,
            long begunNanos,
            long decodedNanos,
            long doneNanos,
            long answeringNanos,
            long sentNanos,
            @Nullable ApiKeys before,
            long beforeWantedNanos,
            boolean reads) {}

    private final Course course;
    private final RequestTimes times;
    private final List<Stage> stages = new ArrayList<>();
    private Stage longest = new Stage("", 0);

    private Explanation(Course course, RequestTimes times) {
        this.course = course;
        this.times = times;
        addStages();
    }

    /** @param timeMs when the request had come */
    static SlowRequest of(
            PendingRequest asked, ClientConnection connection, long sentNanos, long timeMs, double totalMs) {
        ApiKeys api = asked.request().api().key();
        var course = new Course(
                asked.arrivedNanos,
                asked.begunNanos,
                asked.decodedNanos,
                asked.doneNanos,
                asked.answeringNanos,
                sentNanos,
                asked.before,
                asked.beforeWantedNanos,
                api == ApiKeys.FETCH);
        String clientId = asked.request().clientId();
        return new Explanation(course, asked.times)
                .of(
                        timeMs,
                        api.name,
                        asked.request().version(),
                        clientId.length() > LONGEST_CLIENT_ID ? clientId.substring(0, LONGEST_CLIENT_ID) : clientId,
                        connection.address().getHostAddress(),
                        asked.frameBytes + (long) asked.answerBytes,
                        totalMs);
    }

    /** The same of a request at another door. */
    static SlowRequest of(String operation, DoorRequest asked, long sentNanos, long timeMs) {
        var course = new Course(
                asked.arrivedNanos(),
                asked.arrivedNanos(),
                asked.decodedNanos(),
                asked.doneNanos(),
                asked.doneNanos(),
                sentNanos,
                null,
                0,
                false);
        return new Explanation(course, asked.times())
                .of(
                        timeMs,
                        operation,
                        (short) 0,
                        "",
                        asked.clientAddress(),
                        asked.requestBytes() + asked.responseBytes(),
                        Math.round(asked.tookNanos(sentNanos) / 1e3) / 1e3);
    }

    private SlowRequest of(
            long timeMs, String api, short version, String clientId, String clientAddress, long bytes, double totalMs) {
        boolean replicated = stages.stream().anyMatch(stage -> stage.name().equals(REPLICATION));
        return new SlowRequest(
                timeMs,
                api,
                version,
                clientId,
                clientAddress,
                times.topic(),
                times.partition(),
                bytes,
                totalMs,
                List.copyOf(stages),
                replicated && times.lastFollower() != RequestTimes.NOBODY ? List.of(times.lastFollower()) : List.of(),
                cause());
    }

    private void addStages() {
        add("turn", course.arrivedNanos, course.begunNanos);
        add("decode", course.begunNanos, course.decodedNanos);
        long decoded = course.decodedNanos;
        if (times.createdNanos() != 0) {
            add("create", decoded, times.createdNanos());
            decoded = times.createdNanos();
        }
        long end = times.topic() == null ? addHandling(decoded) : addAppend(decoded);
        add("order", Math.max(end, course.doneNanos), course.answeringNanos);
        add("write", course.answeringNanos, course.sentNanos);
        add("throttle", 0, TimeUnit.MILLISECONDS.toNanos(times.throttledMs()));
    }

    private long addHandling(long from) {
        long wanted = times.wantedWaitNanos(course.doneNanos - from);
        add("handle", from, course.doneNanos - wanted);
        return course.doneNanos;
    }

    private long addAppend(long from) {
        long begun = times.begunNanos();
        add(times.opened() ? "open" : "queue", from, begun);
        long written = times.writtenNanos();
        if (written == 0) {
            add("append", begun, course.doneNanos);
            return course.doneNanos;
        }
        add("append", begun, written);
        long committed = times.committedNanos();
        long stored = times.storedNanos() == 0 ? committed : times.storedNanos();
        add("sync", written, stored);
        add(REPLICATION, Math.max(written, stored), committed);
        return committed;
    }

    private void add(String name, long from, long to) {
        double ms = Math.round((to - from) / 1e3) / 1e3;
        if (ms > 0) {
            var stage = new Stage(name, ms);
            stages.add(stage);
            longest = ms > longest.ms() ? stage : longest;
        }
    }

    private String cause() {
        String took = String.format(Locale.ROOT, "%.1f ms", longest.ms());
        String where = times.topic() + "-" + times.partition();
        return switch (longest.name()) {
            case "turn" -> turnCause(took);
            case "decode" ->
                "The process stood still for " + took
                        + " while the request was decoded: garbage collection, or no CPU was free.";
            case "create" -> "The topic had to be created first (auto.create.topics.enable), which took " + took + ".";
            case "open" -> "The log of " + where + " had to be opened, which took " + took + ".";
            case "queue" -> "Partition " + where + " was busy for " + took + " with what came before.";
            case "append" ->
                "The system took " + took + " to take the records of " + where
                        + ": it slows writers down when the disk does not keep up.";
            case "sync" -> "The disk took " + took + " to sync " + where + " (dwal.sync=commit).";
            case REPLICATION -> replicationCause(where, took);
            case "order" ->
                "Its answer was ready, and waited " + took
                        + " for the network loop or for answers to earlier requests of the same connection.";
            case "throttle" ->
                "The client had used more than its quota, " + times.quota() + ", allows: nothing was read from it for "
                        + took + " after the answer.";
            case "write" -> "The client, or the network to it, took " + took + " to take the answer.";
            default ->
                course.reads
                        ? "Reading took " + took + ": the records were not in memory, or a log had to be opened."
                        : "The node, or the leader, controller or coordinator that it asked, worked on it for " + took
                                + ".";
        };
    }

    /** The answers of a connection have the order of its requests: who has one wait has the next wait too. */
    private String turnCause(String took) {
        ApiKeys before = course.before;
        if (before == null) {
            return "It waited " + took + " until earlier requests of the same connection had been answered,"
                    + " or until its quota let it in.";
        }
        if (2 * course.beforeWantedNanos < course.begunNanos - course.arrivedNanos) {
            return "It waited " + took + " until an earlier " + before.name
                    + " of the same connection had been answered.";
        }
        return "The client let it wait " + took + " behind a " + before.name + " of its own on the same connection, "
                + (before == ApiKeys.FETCH
                        ? "which waited for records (fetch.max.wait.ms, fetch.min.bytes)."
                        : "which waits as long as the client asks.");
    }

    private String replicationCause(String where, String took) {
        return times.lastFollower() == RequestTimes.NOBODY
                ? "It waited " + took + " until enough replicas of " + where + " were in sync (min.insync.replicas)."
                : "Follower " + times.lastFollower() + " took " + took
                        + " longer than this node to store the records of " + where + ".";
    }
}
