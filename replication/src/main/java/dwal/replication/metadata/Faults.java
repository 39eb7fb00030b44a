package dwal.replication.metadata;

import java.util.function.BiConsumer;
import org.apache.kafka.server.fault.FaultHandler;
import org.apache.kafka.server.fault.FaultHandlerException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what goes wrong inside the embedded parts, and passes on what they cannot survive; any thread. */
final class Faults implements FaultHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    private final String part;
    private final BiConsumer<String, @Nullable Throwable> onFault;

    /** Tells {@code onFault} of each fault in {@code part}. */
    Faults(String part, BiConsumer<String, @Nullable Throwable> onFault) {
        this.part = part;
        this.onFault = onFault;
    }

    @Override
    public RuntimeException handleFault(String message, @Nullable Throwable cause) {
        LOG.error("Fault in the {}: {}", part, message, cause);
        onFault.accept(part + ": " + message, cause);
        return cause == null ? new FaultHandlerException(message) : new FaultHandlerException(message, cause);
    }
}
