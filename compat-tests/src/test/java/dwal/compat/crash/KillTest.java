package dwal.compat.crash;

import dwal.compat.clients.Clients;
import dwal.compat.server.Server;
import dwal.compat.traffic.Fault;
import dwal.compat.traffic.Traffic;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The server is killed again and again while producers write, and consumers and groups read; then the judge has the word. */
class KillTest {
    private static final int PARTITIONS = 3;

    @Test
    void nothingAcknowledgedIsLostDoubledOrReorderedOverKills() throws Exception {
        int kills = Server.isKafkaTarget() ? 2 : 10;
        try (Server server = Server.ofTarget(Map.of()).start()) {
            Clients clients = new Clients(server);
            String topic = clients.topic("kill", PARTITIONS, Map.of("segment.bytes", "1048576"));
            try (Traffic traffic = new Traffic(clients, topic, PARTITIONS, Map.of()).start()) {
                for (int kill = 0; kill < kills; kill++) {
                    server.kill();
                    Fault fault = traffic.fault("kill -9");
                    server.start();
                    fault.awaitRecovery();
                }
                traffic.finish();
            }
        }
    }
}
