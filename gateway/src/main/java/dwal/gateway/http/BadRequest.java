package dwal.gateway.http;

/** What a client has to change; the message is for him. */
final class BadRequest extends Exception {
    private static final long serialVersionUID = 1;
    private final String reason;

    BadRequest(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    HttpAnswer answer() {
        return HttpAnswer.problem(400, "Bad request", reason);
    }
}
