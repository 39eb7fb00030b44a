package dwal.server.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Decides what goes wrong in a simulated cluster and when: nodes, their machines and disks, the network, and leaders that
 * move. How often, and what at all, is different with each seed.
 *
 * <p>It keeps to what is promised (D2): the data of one node at a time are damaged, and until they are whole again, another
 * node that may lead has all of it and stays.
 */
final class Misfortunes {
    private static final int[] USUAL_PAUSES_MS = {150, 400, 400, 1_000, 3_000};

    private final SimulatedCluster cluster;
    private final Random random;
    private final List<Misfortune> urn = new ArrayList<>();
    private final int pauseMs;
    private final Map<Misfortune, Integer> counts = new EnumMap<>(Misfortune.class);
    private boolean over;

    /** @param lostLogs how often {@link Misfortune#LOST_LOG} is in the urn: of its own, so that other seeds go as before */
    Misfortunes(SimulatedCluster cluster, Random random, int lostLogs) {
        this.cluster = cluster;
        this.random = random;
        this.pauseMs = USUAL_PAUSES_MS[random.nextInt(USUAL_PAUSES_MS.length)];
        for (Misfortune one : EnumSet.complementOf(EnumSet.of(Misfortune.LOST_LOG))) {
            int times = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(4);
            for (int i = 0; i < times; i++) {
                urn.add(one);
            }
        }
        urn.add(Misfortune.KILL);
        urn.addAll(Collections.nCopies(lostLogs, Misfortune.LOST_LOG));
    }

    /** How many there were of each kind. */
    Map<Misfortune, Integer> counts() {
        return counts;
    }

    void begin() {
        cluster.network().setWeather(random.nextInt(30), random.nextInt(60));
        plan();
    }

    private void plan() {
        cluster.time().after(20 + random.nextInt(2 * pauseMs), () -> {
            if (!over) {
                Misfortune next = urn.get(random.nextInt(urn.size()));
                if (strike(
                        next, cluster.node(1 + random.nextInt(cluster.options().nodes())))) {
                    counts.merge(next, 1, Integer::sum);
                }
                plan();
            }
        });
    }

    /** Gives whether anything has happened. */
    private boolean strike(Misfortune what, SimulatedNode node) {
        return switch (what) {
            case KILL -> stopAndReturn(node, node::kill);
            case POWER_LOSS -> stopAndReturn(node, node::losePower);
            case DEATH_IN_WRITE -> dieInWrite(node);
            case BLACKOUT -> blackout();
            case CLEAN_STOP -> stopAndReturn(node, node::stopCleanly);
            case PAUSE -> pause(node);
            case CUT_LINK -> cut(node.id(), random.nextInt(cluster.options().nodes() + 1));
            case ISOLATION -> isolate(node);
            case WEATHER -> {
                cluster.network().setWeather(random.nextInt(50), random.nextInt(100));
                yield true;
            }
            case LEADER_MOVE -> moveLeader(node);
            case FULL_DISK -> fillDisk(node);
            case FAILED_SYNC -> failSyncs(node);
            case FLIPPED_BIT -> flipBit(node);
            case LOST_LOG -> loseLog(node);
        };
    }

    // ---- processes and machines

    private boolean stopAndReturn(SimulatedNode node, Runnable stop) {
        if (!node.isUp() || !maySpare(node)) {
            return false;
        }
        stop.run();
        later(4_000, node::start);
        return true;
    }

    private boolean dieInWrite(SimulatedNode node) {
        if (!node.isUp() || isAnyDamaged()) {
            return false;
        }
        node.dieInWrite(1 + random.nextInt(30), random.nextBoolean(), () -> later(4_000, node::start));
        return true;
    }

    private boolean blackout() {
        if (random.nextInt(3) > 0 || isAnyDamaged()) {
            return false;
        }
        boolean power = random.nextInt(3) > 0;
        cluster.nodes().forEach(each -> stopAndReturn(each, power ? each::losePower : each::kill));
        return true;
    }

    private boolean pause(SimulatedNode node) {
        node.pause();
        later(3_000, node::resume);
        return node.isUp();
    }

    private boolean moveLeader(SimulatedNode node) {
        return cluster.controller()
                .moveLeader(
                        SimulatedCluster.TOPIC, random.nextInt(cluster.options().partitions()), node.id());
    }

    // ---- the network

    private boolean cut(int one, int other) {
        cluster.history().note(() -> "the link from " + one + " to " + other + " is cut");
        cluster.network().cut(one, other);
        later(3_000, () -> cluster.network().mend(one, other));
        if (random.nextBoolean()) {
            cluster.network().cut(other, one);
            later(3_000, () -> cluster.network().mend(other, one));
        }
        return true;
    }

    private boolean isolate(SimulatedNode node) {
        cluster.history().note(() -> "node " + node.id() + " is cut off");
        for (int other = 0; other <= cluster.options().nodes(); other++) {
            int peer = other;
            cluster.network().cut(node.id(), peer);
            cluster.network().cut(peer, node.id());
            later(4_000, () -> {
                cluster.network().mend(node.id(), peer);
                cluster.network().mend(peer, node.id());
            });
        }
        return true;
    }

    // ---- disks

    private boolean fillDisk(SimulatedNode node) {
        node.fillDisk(random.nextBoolean());
        later(4_000, node::makeRoom);
        return true;
    }

    private boolean failSyncs(SimulatedNode node) {
        if (!node.isUp() || !maySpare(node)) {
            return false;
        }
        node.setSyncsFail(true);
        later(random.nextBoolean() ? 20 : 3_000, () -> node.setSyncsFail(false));
        later(5_000, () -> restartIfFailed(node));
        return true;
    }

    /** Somebody looks after a node that has given up its disk. */
    private void restartIfFailed(SimulatedNode node) {
        if (node.hasFailed() && maySpare(node)) {
            node.kill();
            node.start();
        } else if (node.hasFailed()) {
            later(1_000, () -> restartIfFailed(node));
        }
    }

    private boolean flipBit(SimulatedNode node) {
        if (isAnyDamaged() || isAnyDoomed() || !othersHaveAll(node) || !node.flipBit()) {
            return false;
        }
        later(3_000, () -> lookAfter(node));
        return true;
    }

    private boolean loseLog(SimulatedNode node) {
        if (isAnyDamaged() || isAnyDoomed() || !othersHaveAll(node)) {
            return false;
        }
        if (node.isUp()) {
            stopAndReturn(node, random.nextBoolean() ? node::stopCleanly : node::kill);
        }
        return node.loseLog(random.nextInt(cluster.options().partitions()));
    }

    /** Somebody reads what a node has, and if that does not make it aware of what nobody can read, has it look at its logs anew. */
    private void lookAfter(SimulatedNode node) {
        if (!over && node.isUnawareOfDamage()) {
            node.readBack();
            later(1_000, () -> restartIfUnaware(node));
        }
    }

    private void restartIfUnaware(SimulatedNode node) {
        if (!over && node.isUnawareOfDamage()) {
            node.kill();
            node.start();
        }
    }

    private boolean isAnyDamaged() {
        return cluster.nodes().stream().anyMatch(SimulatedNode::isDamaged);
    }

    private boolean isAnyDoomed() {
        return cluster.nodes().stream().anyMatch(SimulatedNode::isDoomed);
    }

    /** Whether {@code node} may end as it comes: then none but this one is damaged. */
    private boolean maySpare(SimulatedNode node) {
        return cluster.nodes().stream().allMatch(each -> each == node || !each.isDamaged());
    }

    /**
     * Whether, of each partition, some other node may lead, and all others are there in the run that the controller knows. All, and
     * not only those that may lead now: one that has died may still be on its way into the in-sync set, in place of one that is there.
     */
    private boolean othersHaveAll(SimulatedNode node) {
        List<SimulatedNode> others =
                cluster.nodes().stream().filter(each -> each != node).toList();
        for (int i = 0; i < cluster.options().partitions(); i++) {
            int partition = i;
            if (others.stream().noneMatch(each -> cluster.isEligible(partition, each.id()))) {
                return false;
            }
        }
        return others.stream().allMatch(cluster::isRegistered);
    }

    private void later(int maxMs, Runnable mend) {
        cluster.time().after(1 + random.nextInt(maxMs), mend);
    }

    /** From now on nothing goes wrong, and what is broken is mended. */
    void end() {
        over = true;
        cluster.history().note(() -> "from now on nothing goes wrong");
        cluster.network().mendAll();
        for (SimulatedNode node : cluster.nodes()) {
            node.resume();
            node.makeRoom();
            node.setSyncsFail(false);
            if (node.hasFailed() || node.isUnawareOfDamage()) {
                node.kill();
            }
            node.start();
        }
    }
}
