package dwal.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages of the project refer to is there. */
class PagesTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    /** A name with a capital within, in code, perhaps with a method behind. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w*[a-z][A-Z]\\w*)(?:\\.\\w+)?`");

    @Test
    void everyLinkBetweenThePagesLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        List<Path> pages = new ArrayList<>(found("", path -> path.toString().endsWith(".md"), 1));
        for (String folder : List.of("docs", "benchmarks")) {
            pages.addAll(found(folder, path -> path.toString().endsWith(".md"), 3));
        }
        for (Path page : pages) {
            matches(LINK, Files.readString(page, UTF_8))
                    .map(match -> match.group(1))
                    .filter(link -> !link.startsWith("http") && !leadsSomewhere(page, link))
                    .forEach(link -> broken.add(page + ": " + link));
        }
        assertThat(pages).hasSizeGreaterThan(10);
        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Path page, String link) {
        int mark = link.indexOf('#');
        String path = mark < 0 ? link : link.substring(0, mark);
        Path target = path.isEmpty() ? page : page.resolveSibling(path);
        if (mark < 0 || !Files.isRegularFile(target)) {
            return mark < 0 && Files.exists(target);
        }
        try {
            return matches(HEADING, Files.readString(target, UTF_8))
                    .anyMatch(heading -> anchor(heading.group(1)).equals(link.substring(mark + 1)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** As GitHub makes it of a heading. */
    private static String anchor(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                .replace(' ', '-');
    }

    @ParameterizedTest
    @ValueSource(strings = {"ARCHITECTURE.md", "docs/replication.md", "docs/simulation.md"})
    void everyClassThatAPageOfTheInsideNamesIsThere(String page) throws IOException {
        Set<String> classes = new HashSet<>();
        for (Path module : found("", Files::isDirectory, 1)) {
            Path sources = module.resolve("src");
            if (Files.isDirectory(sources)) {
                found(module.getFileName() + "/src", path -> path.toString().endsWith(".java"), 20)
                        .forEach(path ->
                                classes.add(path.getFileName().toString().replace(".java", "")));
            }
        }
        List<String> named = matches(CLASS, Files.readString(ROOT.resolve(page), UTF_8))
                .map(match -> match.group(1))
                .toList();
        assertThat(named).hasSizeGreaterThan(5);
        assertThat(classes).containsAll(named);
    }

    private static List<Path> found(String below, Predicate<Path> wanted, int depth) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve(below), depth)) {
            return files.filter(wanted).collect(Collectors.toList());
        }
    }

    private static Stream<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results();
    }
}
