package dwal.benchmarks.load;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The words behind a command: {@code --name value} pairs, and the rest.
 *
 * @param options values by name, without the dashes
 * @param operands the other words, in order
 */
record Arguments(Map<String, String> options, List<String> operands) {

    /** Takes {@code words} apart; an option that is not among {@code known} is refused. */
    static Arguments parse(List<String> words, List<String> known) {
        Map<String, String> options = new HashMap<>();
        List<String> operands = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!word.startsWith("--")) {
                operands.add(word);
                continue;
            }
            String name = word.substring(2);
            if (!known.contains(name)) {
                throw new IllegalArgumentException("no option " + word + " here");
            }
            if (++i == words.size()) {
                throw new IllegalArgumentException(word + " wants a value");
            }
            options.put(name, words.get(i));
        }
        return new Arguments(options, operands);
    }

    String text(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    int integer(String name, int otherwise) {
        return (int) number(name, otherwise);
    }

    double number(String name, double otherwise) {
        String text = options.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " wants a number, not " + text, e);
        }
    }

    @Nullable
    Path file(String name) {
        String text = options.get(name);
        return text == null ? null : Path.of(text);
    }
}
