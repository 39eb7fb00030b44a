package dwal.replication.metadata;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Tries to connect, on a thread of its own that ends with the attempt. */
final class SocketProbe implements Probe {
    private static final int TIMEOUT_MS = 1_000;

    private final String threadName;

    SocketProbe(String threadName) {
        this.threadName = threadName;
    }

    @Override
    public CompletableFuture<Boolean> refuses(String host, int port) {
        var answer = new CompletableFuture<Boolean>();
        var thread = new Thread(() -> answer.complete(attempt(host, port)), threadName);
        thread.setDaemon(true);
        thread.start();
        return answer;
    }

    private static boolean attempt(String host, int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MS);
            return false;
        } catch (ConnectException e) {
            // The same exception tells of a host that did not answer for minutes; only the text tells them apart.
            String message = e.getMessage();
            return message != null && message.toLowerCase(Locale.ROOT).contains("refused");
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }
}
