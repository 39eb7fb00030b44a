package dwal.server.cli.client;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one look has shown.
 *
 * @param check what was looked at, in a word
 * @param sentence what is so, and why it matters
 * @param change the one thing to change, beginning with the setting; null where nothing is to be changed
 */
record Finding(
        String check,
        Level level,
        String sentence,
        @Nullable String change) {

    enum Level {
        OK("ok"),
        /** It could not be looked at from here. */
        SKIPPED("skipped"),
        WARNING("warning"),
        PROBLEM("problem");

        private final String word;

        Level(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    static Finding ok(String check, String sentence) {
        return new Finding(check, Level.OK, sentence, null);
    }

    static Finding skipped(String check, String sentence, @Nullable String change) {
        return new Finding(check, Level.SKIPPED, sentence, change);
    }

    static Finding warning(String check, String sentence, String change) {
        return new Finding(check, Level.WARNING, sentence, change);
    }

    static Finding problem(String check, String sentence, String change) {
        return new Finding(check, Level.PROBLEM, sentence, change);
    }

    String text() {
        String line = String.format("%-8s %-13s %s", level, check, sentence);
        return change == null ? line : line + System.lineSeparator() + " ".repeat(23) + "-> " + change;
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("check", check);
        json.put("level", level);
        json.put("sentence", sentence);
        json.put("change", change);
        return json;
    }
}
