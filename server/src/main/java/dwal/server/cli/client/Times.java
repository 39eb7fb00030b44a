package dwal.server.cli.client;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them. No state. */
final class Times {
    private static final Pattern AGO = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private Times() {}

    /** What {@code text} means, in milliseconds since 1970; {@code nowMs} is the time from which an age counts back. */
    static long parse(String text, long nowMs) {
        Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            return nowMs - Long.parseLong(ago.group(1)) * millis(ago.group(2));
        } else if (NUMBER.matcher(text).matches()) {
            return Long.parseLong(text);
        }
        try {
            return timeOfDay(text);
        } catch (DateTimeException e) {
            throw new RequestFailure("'" + text + "' is no time: 2026-01-31, 2026-01-31T12:00, 2026-01-31T12:00:00Z,"
                    + " milliseconds since 1970, or how long ago: 90s, 15m, 2h, 7d");
        }
    }

    private static long timeOfDay(String text) {
        ZoneId here = ZoneId.systemDefault();
        if (text.length() == "2026-01-31".length()) {
            return LocalDate.parse(text).atStartOfDay(here).toInstant().toEpochMilli();
        } else if (text.matches(".*(Z|[+-]\\d\\d(:\\d\\d)?)") && text.contains("T")) {
            return OffsetDateTime.parse(text).toInstant().toEpochMilli();
        }
        return LocalDateTime.parse(text).atZone(here).toInstant().toEpochMilli();
    }

    private static long millis(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 86_400_000;
        };
    }
}
