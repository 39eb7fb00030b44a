package dwal.server.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the name that somebody probably meant. No state. */
final class EditDistance {
    private EditDistance() {}

    /** The nearest of {@code names}, if it is near enough to be worth telling. */
    static Optional<String> nearest(String name, Collection<String> names) {
        return nearest(name, names, Math.max(2, name.length() / 3));
    }

    /** The nearest of {@code names}, if it is at most {@code tolerated} letters away. */
    static Optional<String> nearest(String name, Collection<String> names, int tolerated) {
        return names.stream()
                .min(Comparator.<String>comparingInt(known -> between(name, known))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(known -> between(name, known) <= tolerated);
    }

    /** How many letters must be added, dropped or changed, or neighbours swapped, to get from {@code a} to {@code b}. */
    static int between(String a, String b) {
        int[] older = new int[b.length() + 1];
        int[] old = new int[b.length() + 1];
        Arrays.setAll(old, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = old[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, Math.min(old[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], older[j - 2] + 1);
                }
            }
            older = old;
            old = row;
        }
        return old[b.length()];
    }
}
