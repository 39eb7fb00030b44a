package dwal.server.simulation;

import java.util.Random;

/** Decides what goes wrong in a simulated cluster and when: nodes, their machines, the network, and leaders that move. */
final class Misfortunes {
    private final SimulatedCluster cluster;
    private final Random random;
    private boolean over;
    private int count;

    Misfortunes(SimulatedCluster cluster, Random random) {
        this.cluster = cluster;
        this.random = random;
    }

    /** How many there were. */
    int count() {
        return count;
    }

    void begin() {
        cluster.network().setWeather(random.nextInt(30), random.nextInt(60));
        plan();
    }

    private void plan() {
        cluster.time().after(20 + random.nextInt(900), () -> {
            if (!over) {
                strike();
                plan();
            }
        });
    }

    private SimulatedNode someNode() {
        return cluster.node(1 + random.nextInt(cluster.options().nodes()));
    }

    private void strike() {
        count++;
        SimulatedNode node = someNode();
        switch (random.nextInt(12)) {
            case 0, 1 -> stopAndReturn(node, node::kill);
            case 2, 3 -> stopAndReturn(node, node::losePower);
            case 4 -> stopAndReturn(node, node::stopCleanly);
            case 5 -> {
                node.pause();
                later(3_000, node::resume);
            }
            case 6, 7 -> cut(node.id(), random.nextInt(cluster.options().nodes() + 1));
            case 8 -> isolate(node);
            case 9, 10 ->
                cluster.controller()
                        .moveLeader(
                                SimulatedCluster.TOPIC,
                                random.nextInt(cluster.options().partitions()),
                                node.id());
            default -> {
                if (random.nextInt(3) == 0) {
                    cluster.nodes().forEach(each -> stopAndReturn(each, each::losePower));
                } else {
                    cluster.network().setWeather(random.nextInt(50), random.nextInt(100));
                }
            }
        }
    }

    private void stopAndReturn(SimulatedNode node, Runnable stop) {
        if (node.isUp()) {
            stop.run();
            later(4_000, node::start);
        }
    }

    private void cut(int one, int other) {
        cluster.network().cut(one, other);
        later(3_000, () -> cluster.network().mend(one, other));
        if (random.nextBoolean()) {
            cluster.network().cut(other, one);
            later(3_000, () -> cluster.network().mend(other, one));
        }
    }

    private void isolate(SimulatedNode node) {
        for (int other = 0; other <= cluster.options().nodes(); other++) {
            int peer = other;
            cluster.network().cut(node.id(), peer);
            cluster.network().cut(peer, node.id());
            later(4_000, () -> {
                cluster.network().mend(node.id(), peer);
                cluster.network().mend(peer, node.id());
            });
        }
    }

    private void later(int maxMs, Runnable mend) {
        cluster.time().after(1 + random.nextInt(maxMs), mend);
    }

    /** From now on nothing goes wrong, and what is broken is mended. */
    void end() {
        over = true;
        cluster.network().mendAll();
        for (SimulatedNode node : cluster.nodes()) {
            node.resume();
            node.start();
        }
    }
}
