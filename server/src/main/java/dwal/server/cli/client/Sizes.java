package dwal.server.cli.client;

import java.util.List;
import java.util.Locale;

/** Numbers of bytes for people. No state. */
final class Sizes {
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

    private Sizes() {}

    /** As {@code 12 B}, {@code 1.5 KiB}, {@code 230 GiB}. */
    static String text(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.size() - 1) {
            amount /= 1024;
            unit++;
        }
        String format = unit == 0 || amount >= 100 ? "%.0f %s" : "%.1f %s";
        return String.format(Locale.ROOT, format, amount, UNITS.get(unit));
    }
}
