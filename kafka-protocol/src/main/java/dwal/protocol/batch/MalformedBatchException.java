package dwal.protocol.batch;

import org.apache.kafka.common.protocol.Errors;

/** What is wrong with a batch, for the code that walks it; never leaves this package. */
final class MalformedBatchException extends Exception {
    private final Errors error;

    MalformedBatchException(Errors error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    Errors error() {
        return error;
    }
}
