package dwal.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import dwal.compat.server.Await;
import dwal.compat.server.Server;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The real Kafka and the server under test, side by side; shared by the tests of a run, which use topics of their own. */
final class Comparison implements AutoCloseable {
    /** What the cases of a request know: which side it goes to, and in which version. */
    interface Request {
        ApiMessage of(Side side, short version);
    }

    /** Sends a request itself, over a connection that it keeps, say, and gives the answer. */
    interface Exchange {
        ApiMessage on(Side side) throws IOException;
    }

    /** What either says for a moment only, while a partition gets its leader or a coordinator loads. */
    private static final Pattern UNSETTLED = Pattern.compile(
            "NOT_LEADER_OR_FOLLOWER|COORDINATOR_LOAD_IN_PROGRESS|COORDINATOR_NOT_AVAILABLE|LEADER_NOT_AVAILABLE");

    private static final AcceptedDifferences ACCEPTED = AcceptedDifferences.load();
    private final Side kafka;
    private final Side subject;
    /** Each with the versions that have it. */
    private final Map<String, List<Integer>> differences = new TreeMap<>();

    private final Set<String> accepted = new TreeSet<>();
    private int compared;

    private Comparison(Side kafka, Side subject) {
        this.kafka = kafka;
        this.subject = subject;
    }

    /** Two servers of a test's own, with {@code settings}. */
    static Comparison of(Map<String, String> settings) throws IOException {
        return new Comparison(
                new Side(new dwal.compat.server.KafkaProcess(settings).start()),
                new Side(Server.ofTarget(settings).start()));
    }

    /** Waits until both answer {@code exchange} with something in which {@code word} is. */
    void settle(String what, Exchange exchange, String word) {
        for (Side side : List.of(kafka, subject)) {
            Await.until(
                    what, () -> outcome(side, (short) 12, exchange).toString().contains(word));
        }
    }

    Side kafka() {
        return kafka;
    }

    Side subject() {
        return subject;
    }

    void topic(String name, int partitions) {
        topic(name, partitions, Map.of());
    }

    void topic(String name, int partitions, Map<String, String> configs) {
        kafka.topic(name, partitions, configs);
        subject.topic(name, partitions, configs);
    }

    /** Sends the request in each version that Kafka has, and notes where the answers differ. */
    void each(String name, ApiKeys api, Request request) {
        for (short version : api.allVersions()) one(name, api, version, request);
    }

    void one(String name, ApiKeys api, int version, Request request) {
        if (subject.advertised(api).isEmpty()) {
            accepted.add(api + " is not advertised: not compared");
            return;
        }
        JsonNode expected = answer(kafka, api, (short) version, request);
        JsonNode actual = answer(subject, api, (short) version, request);
        if (expected.path("notExpressible").asBoolean()) return;
        note(name, api, version, expected, actual);
    }

    /** Compares what the two answer when a test itself asks them. */
    void exchange(String name, ApiKeys api, int version, Exchange exchange) {
        JsonNode expected = outcome(kafka, (short) version, exchange);
        note(name, api, version, expected, outcome(subject, (short) version, exchange));
    }

    private void note(String name, ApiKeys api, int version, JsonNode expected, JsonNode actual) {
        compared++;
        for (String difference : JsonDifference.between(expected, actual, AnswerOrder.of(api))) {
            String where = api + " (" + name + ") " + difference;
            Optional<String> reason = ACCEPTED.reasonFor(where);
            if (reason.isPresent()) accepted.add(api + ": " + reason.get());
            else differences.computeIfAbsent(where, key -> new ArrayList<>()).add(version);
        }
    }

    private static JsonNode answer(Side side, ApiKeys api, short version, Request request) {
        ApiMessage message = request.of(side, version);
        try {
            MessageUtil.toByteBufferAccessor(message, version);
        } catch (UnsupportedVersionException | NullPointerException e) {
            return Normalizer.outcome("notExpressible", true);
        }
        return Await.value("an answer that is not about starting up", Await.PATIENCE, () -> {
            JsonNode answer = outcome(side, version, any -> any.call(api, version, message));
            return UNSETTLED.matcher(answer.toString()).find() ? Optional.empty() : Optional.of(answer);
        });
    }

    private static JsonNode outcome(Side side, short version, Exchange exchange) {
        try {
            return new Normalizer(side).normalize(exchange.on(side), version);
        } catch (IOException e) {
            return Normalizer.outcome("failed", e.toString().replaceAll("\\d+", "N"));
        }
    }

    /** Ends a test: fails when anything differed that is not accepted. */
    void verdict(String test) {
        List<String> found = differences.entrySet().stream()
                .map(difference -> difference.getKey() + "   in versions " + difference.getValue())
                .toList();
        System.out.println(
                test + ": " + compared + " answers compared, " + found.size() + " differences, " + accepted.size()
                        + " kinds accepted" + (accepted.isEmpty() ? "" : ":\n  " + String.join("\n  ", accepted)));
        int count = compared;
        differences.clear();
        accepted.clear();
        compared = 0;
        if (count == 0) throw new AssertionError("nothing was compared in " + test);
        if (!found.isEmpty()) throw new AssertionError(found.size() + " differences:\n" + String.join("\n", found));
    }

    @Override
    public void close() {
        kafka.close();
        subject.close();
    }

    /** Starts both servers for the first test that asks, and ends them after the last. */
    static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Comparison.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Comparison.class))
                    .getOrComputeIfAbsent(Comparison.class, key -> start(), Comparison.class);
        }

        private static Comparison start() {
            // Without a reporter that takes them, neither has the APIs by which clients push their metrics.
            Map<String, String> settings = Map.of(
                    "auto.create.topics.enable",
                    "false",
                    "offsets.topic.num.partitions",
                    "4",
                    "metric.reporters",
                    TelemetryReceiver.class.getName(),
                    TelemetryReceiver.FILE_CONFIG,
                    TelemetryReceiver.FILE);
            try {
                return of(settings);
            } catch (IOException e) {
                throw new AssertionError("a server does not answer", e);
            }
        }
    }
}
