package dwal.compat.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The differences that are meant, from {@code accepted-differences.txt}: a pattern on each line, and after {@code --} the reason. */
final class AcceptedDifferences {
    private record Accepted(Pattern pattern, String reason) {}

    private final List<Accepted> all = new ArrayList<>();

    static AcceptedDifferences load() {
        AcceptedDifferences differences = new AcceptedDifferences();
        try (var file = AcceptedDifferences.class.getResourceAsStream("/accepted-differences.txt")) {
            new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(differences::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return differences;
    }

    private void add(String line) {
        int at = line.indexOf(" -- ");
        if (at < 0) throw new AssertionError("no reason is given for the accepted difference: " + line);
        all.add(new Accepted(
                Pattern.compile(line.substring(0, at).strip()),
                line.substring(at + 4).strip()));
    }

    Optional<String> reasonFor(String difference) {
        return all.stream()
                .filter(accepted -> accepted.pattern().matcher(difference).find())
                .map(Accepted::reason)
                .findFirst();
    }
}
