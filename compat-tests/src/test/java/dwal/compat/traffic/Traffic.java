package dwal.compat.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import dwal.compat.judge.Judge;
import dwal.compat.server.Await;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Clients of one topic that go on whatever happens: idempotent producers, a consumer with assigned partitions, and two groups
 * of two members each, one of each protocol. In the end the judge has the word. Used by one test thread.
 */
public final class Traffic implements AutoCloseable {
    private static final int WRITERS = 2;
    private static final int MEMBERS = 2;
    /** A record and an answer of a consumer are small: fetches that wait for more leave the processors to the others. */
    private static final Map<String, Object> CONSUMER_SETTINGS =
            Map.of("max.poll.records", 5000, "fetch.min.bytes", 20_000, "fetch.max.wait.ms", 100);

    private final Clients clients;
    private final String topic;
    private final int partitions;
    private final Map<String, Object> settings;
    private final History history = new History();
    private final List<String> groups = new ArrayList<>();
    private final List<Writer> writers = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final Watcher watcher;
    private final OffsetsReader offsetsReader;
    private boolean finished;

    /** On a topic that is there and empty; {@code settings} are those of all clients, over Kafka's defaults. */
    public Traffic(Clients clients, String topic, int partitions, Map<String, Object> settings) {
        this.clients = clients;
        this.topic = topic;
        this.partitions = partitions;
        this.settings = settings;
        for (int id = 0; id < WRITERS; id++) {
            writers.add(new Writer(
                    id,
                    clients.producer(with(Writer.SETTINGS)),
                    topic,
                    partitions,
                    history,
                    (partition, sent) -> faults.forEach(fault -> fault.acknowledged(partition, sent))));
        }
        this.watcher = new Watcher(clients.consumer(with(CONSUMER_SETTINGS)), topic, partitions, history);
        for (String protocol : List.of("classic", "consumer")) {
            String group = topic + "-" + protocol;
            int number = groups.size();
            groups.add(group);
            for (int id = 1; id <= MEMBERS; id++) {
                Map<String, Object> own = with(CONSUMER_SETTINGS);
                own.putAll(Map.of("group.id", group, "group.protocol", protocol, "enable.auto.commit", false));
                members.add(new Member(
                        group,
                        id,
                        clients.consumer(own),
                        topic,
                        history,
                        began -> faults.forEach(fault -> fault.committed(number, began))));
            }
        }
        this.offsetsReader = new OffsetsReader(clients.admin(settings), groups, history);
    }

    private Map<String, Object> with(Map<String, Object> own) {
        Map<String, Object> all = new HashMap<>(own);
        all.putAll(settings);
        return all;
    }

    /** Starts all clients, and waits until each of them has had success. */
    public Traffic start() {
        writers.forEach(Thread::start);
        watcher.start();
        members.forEach(Thread::start);
        offsetsReader.start();
        fault("start").awaitRecovery();
        return this;
    }

    /** A fault that begins now; the report tells of it. */
    public Fault fault(String name) {
        Fault fault = new Fault(name, partitions, groups.size());
        faults.add(fault);
        return fault;
    }

    /** Waits until everybody has had success with what was begun from now on. */
    public void awaitMore() {
        Fault none = new Fault("nothing", partitions, groups.size());
        faults.add(none);
        none.awaitRecovery();
        faults.remove(none);
    }

    /** What clients were told that was no success; none is expected of a server that stops in order. */
    public List<String> errors() {
        return history.errors();
    }

    /** Ends the clients when all is read and committed, reads all once more, prints a report, and holds the history against the promises. */
    public void finish() throws Exception {
        for (Writer writer : writers) writer.finish();
        awaitGroups();
        for (Member member : members) member.finish();
        offsetsReader.finish();
        watcher.finish();
        try (Consumer<String, String> reader = clients.consumer(CONSUMER_SETTINGS)) {
            for (ConsumerRecord<String, String> record : clients.readAll(reader, topic))
                history.found(record.partition(), record.offset(), Value.parse(record.value()));
        }
        System.out.println(report());
        finished = true;
        List<String> violations = Judge.violations(history);
        assertThat(violations.stream().limit(20))
                .as("%d violations, the first of them", violations.size())
                .isEmpty();
    }

    /** Ends the clients where they are, if {@link #finish} has not, and reports how far they came. */
    @Override
    public void close() throws InterruptedException {
        if (!finished) System.out.println(report());
        for (Writer writer : writers) writer.abort();
        for (Writer writer : writers) writer.finish();
        for (Member member : members) member.finish();
        watcher.finish();
        offsetsReader.finish();
    }

    private void awaitGroups() {
        try (Consumer<String, String> ends = clients.consumer(Map.of());
                Admin admin = clients.admin()) {
            List<TopicPartition> all = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) all.add(new TopicPartition(topic, partition));
            Map<TopicPartition, Long> wanted = ends.endOffsets(all);
            for (String group : groups) {
                Await.until(group + " to have committed all", () -> {
                    Map<TopicPartition, OffsetAndMetadata> now = admin.listConsumerGroupOffsets(group)
                            .partitionsToOffsetAndMetadata()
                            .get();
                    return wanted.entrySet().stream()
                            .allMatch(end -> now.containsKey(end.getKey())
                                    && now.get(end.getKey()).offset() == end.getValue());
                });
            }
        }
    }

    private String report() {
        return topic + ": " + history.counts() + "; faults: " + faults + "; errors told to clients: "
                + history.errors().size() + history.errors().stream().limit(5).toList();
    }
}
