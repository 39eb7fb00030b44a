package dwal.benchmarks.load;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A start from an empty folder to the first acknowledged record, and what the idle server costs then. */
final class ColdStart {
    private static final String TOPIC = "first";
    private static final int WAIT_SECONDS = 120;
    private static final int SETTLE_MS = 10_000;

    private final ManagedServer server;
    private final StartupOptions options;

    ColdStart(ManagedServer server, StartupOptions options) {
        this.server = server;
        this.options = options;
    }

    void measure(Row row) throws Exception {
        double called = Proc.uptime();
        ServerStart start = ServerStart.of(server);
        start.awaitPort();
        row.put("port_open_s", start.age());
        Cluster.awaitNodes(start.bootstrap(), options.nodes(), WAIT_SECONDS);
        row.put("nodes_s", start.age());
        produceOne(start.bootstrap());
        row.put("first_produce_s", start.age());
        row.put("with_format_s", Proc.uptime() - called); // the same, plus what the start script did before
        row.put("start_cpu_s", start.target().cpuSeconds());
        row.put("idle_cpu_pct", idlePercent(start.target()));
        start.target().addMemory(row);
    }

    private static void produceOne(String bootstrap) throws Exception {
        try (Cluster cluster = new Cluster(bootstrap)) {
            cluster.create(TOPIC, 1);
        }
        Map<String, Object> config = Map.of("acks", "all", "retry.backoff.ms", 20);
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, config)) {
            producer.send(new ProducerRecord<>(TOPIC, new byte[100])).get(60, TimeUnit.SECONDS);
        }
    }

    /** Percent of one CPU. */
    private double idlePercent(Target target) throws InterruptedException {
        Thread.sleep(SETTLE_MS);
        double cpu = target.cpuSeconds();
        long before = System.nanoTime();
        Thread.sleep(options.idleSeconds() * 1000L);
        return (target.cpuSeconds() - cpu) / ((System.nanoTime() - before) / 1e9) * 100;
    }
}
