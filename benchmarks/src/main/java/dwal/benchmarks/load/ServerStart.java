package dwal.benchmarks.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A server that has just been started, and the time since its first process began. The driver's main thread. */
final class ServerStart {
    /** A server that takes longer than this to get anywhere does not get there. */
    static final double LIMIT_SECONDS = 300;

    private static final int PAUSE_MS = 10;

    private final Target target;
    private final double beganSeconds;

    private ServerStart(Target target) {
        this.target = target;
        this.beganSeconds = target.startSeconds();
    }

    static ServerStart of(ManagedServer server) throws IOException, InterruptedException {
        return new ServerStart(server.start());
    }

    Target target() {
        return target;
    }

    String bootstrap() {
        return target.bootstrap();
    }

    /** Seconds since the first process of the server began. */
    double age() {
        return Proc.uptime() - beganSeconds;
    }

    /** Throws if the start has taken too long already. */
    void checkPatience(String what) {
        if (age() > LIMIT_SECONDS) {
            throw new IllegalStateException(what + " after " + LIMIT_SECONDS + " s");
        }
    }

    /** Waits until the first of the addresses takes connections. */
    void awaitPort() throws InterruptedException {
        String[] address = bootstrap().split(",", -1)[0].split(":", -1);
        while (!takesConnections(new InetSocketAddress(address[0], Integer.parseInt(address[1])))) {
            checkPatience("port not open");
            Thread.sleep(PAUSE_MS);
        }
    }

    private static boolean takesConnections(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
