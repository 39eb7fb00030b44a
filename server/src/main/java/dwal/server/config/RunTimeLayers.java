package dwal.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * What was set at run time, for all nodes and for this one, over what it was started with. A value that a node may not have
 * was let in by an older version, or by another server; it can no longer be refused, and keeps no node from its work: it is
 * left out. Made by one thread; then immutable.
 */
public final class RunTimeLayers {
    private final BrokerConfig inForce;
    private final List<String> leftOut = new ArrayList<>();

    /** {@code cluster} over {@code fixed}, and {@code node} over both. */
    public RunTimeLayers(BrokerConfig fixed, Map<String, String> cluster, Map<String, String> node) {
        inForce = over(over(fixed, cluster, "all nodes"), node, "this node");
    }

    /** What a node works with. */
    public BrokerConfig inForce() {
        return inForce;
    }

    /** What is left out, and why: KEY=VALUE of whom: the reason. */
    public List<String> leftOut() {
        return List.copyOf(leftOut);
    }

    private BrokerConfig over(BrokerConfig below, Map<String, String> layer, String whose) {
        Map<String, String> parsed =
                DynamicConfigs.thatParse(layer, (setting, problem) -> leaveOut(setting, whose, problem));
        if (parsed.isEmpty()) {
            return below;
        }
        BrokerConfig all = below.overlaid(parsed);
        return whyNot(all) == null ? all : oneByOne(below, parsed, whose);
    }

    /** Some of them do not fit together, or with what is below. */
    private BrokerConfig oneByOne(BrokerConfig below, Map<String, String> layer, String whose) {
        BrokerConfig fits = below;
        for (Map.Entry<String, String> each : layer.entrySet()) {
            BrokerConfig next = fits.overlaid(Map.of(each.getKey(), each.getValue()));
            RuntimeException problem = whyNot(next);
            if (problem == null) {
                fits = next;
            } else {
                leaveOut(each.getKey() + "=" + each.getValue(), whose, problem);
            }
        }
        return fits;
    }

    private void leaveOut(String setting, String whose, RuntimeException problem) {
        leftOut.add(setting + " of " + whose + ": " + problem.getMessage());
    }

    private static @Nullable RuntimeException whyNot(BrokerConfig config) {
        try {
            new ConfigChecks(config).checkWhatIsDynamic();
            return null;
        } catch (IllegalArgumentException | KafkaException e) {
            return e;
        }
    }
}
