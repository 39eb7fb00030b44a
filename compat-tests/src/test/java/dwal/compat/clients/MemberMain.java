package dwal.compat.clients;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A group member in a process of its own, so that it can be killed: says how many partitions it has, each time that changes. */
final class MemberMain {
    private MemberMain() {}

    public static void main(String[] arguments) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                arguments[0],
                "group.id",
                arguments[2],
                "group.protocol",
                arguments[3],
                "auto.offset.reset",
                "earliest");
        Map<String, Object> all = new java.util.HashMap<>(settings);
        if (arguments[3].equals("classic")) all.put("session.timeout.ms", 3000);
        if (arguments[3].equals("classic")) all.put("heartbeat.interval.ms", 500);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(arguments[1]));
            int before = -1;
            while (true) {
                consumer.poll(Duration.ofMillis(100));
                int now = consumer.assignment().size();
                if (now != before) System.out.println("partitions " + now);
                before = now;
            }
        }
    }
}
