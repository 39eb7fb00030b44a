package dwal.compat.server;

import org.junit.jupiter.api.Assumptions;

/** What a suite needs from the machine: missing, it is skipped with the reason, or fails under {@code -Dcompat.required=true}. */
public final class Requirement {
    private Requirement() {}

    public static void that(boolean met, String otherwise) {
        if (met) return;
        if (Boolean.getBoolean("compat.required")) throw new AssertionError("required, but missing: " + otherwise);
        System.out.println("SKIPPED: " + otherwise);
        Assumptions.abort(otherwise);
    }
}
