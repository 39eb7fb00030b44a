package dwal.environment;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Ports of the loopback address for servers that a test stops and starts again: below those that the system gives to
 * connections, so that nobody has taken one meanwhile by chance. Any thread.
 */
public final class FreePorts {
    /** Of a build that runs tests in several processes at once, each has a range of its own; this is the number of ours, from 1. */
    private static final int PROCESS = Integer.getInteger("dwal.test.process", 1);

    private static final int PROCESSES = 2;
    private static final int RANGE = 7_500;
    private static final int FIRST = 15_000 + (PROCESS - 1) % PROCESSES * RANGE;
    /** Less than the range, for the ports at some distance from the first. */
    private static final int COUNT = 7_000;
    /** Each process begins elsewhere, so that two that run at once seldom want the same. */
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 97 % COUNT));

    private FreePorts() {}

    /** A port that nobody listens at, and that this process is not given again soon. */
    public static int next() {
        return next(0);
    }

    /** A port that is free together with those at {@code distances} from it. */
    public static int next(int... distances) {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            if (IntStream.of(distances).allMatch(distance -> isFree(port + distance))) {
                return port;
            }
        }
        throw new AssertionError("no free port from " + FIRST + " on");
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
