package dwal.log;

/** A log's files hold something that cannot come from a crash: the message names file, position and offset. */
final class DamagedLogException extends Exception {
    DamagedLogException(String message) {
        super(message);
    }
}
