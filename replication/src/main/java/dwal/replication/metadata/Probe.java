package dwal.replication.metadata;

import java.util.concurrent.CompletableFuture;

/** Finds out whether a process is gone, rather than slow or cut off. Any thread; never blocks. */
interface Probe {

    /**
     * Whether the host says that nobody listens at {@code port}. False when somebody does, and when nobody says anything: then
     * host or network may be gone, and the process may live.
     */
    CompletableFuture<Boolean> refuses(String host, int port);
}
