package dwal.compat.newer;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * A Java of version 25 or later: the one that {@code JAVA_HOME_25} names, else one in the places where they are usually put.
 *
 * @param version as its file {@code release} tells it
 */
record NewerJava(Path home, String version) {
    private static final int LEAST = 25;
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/usr/java"),
            Path.of("/opt"),
            Path.of("/opt/java"),
            Path.of("/opt/hostedtoolcache/Java_Temurin-Hotspot_jdk"),
            Path.of(System.getProperty("user.home"), ".sdkman/candidates/java"));

    static Optional<NewerJava> find() throws IOException {
        List<Path> candidates = new ArrayList<>();
        String named = System.getenv("JAVA_HOME_" + LEAST);
        if (named != null) candidates.add(Path.of(named));
        for (Path place : PLACES) {
            if (!Files.isDirectory(place)) continue;
            try (DirectoryStream<Path> found = Files.newDirectoryStream(place, "*" + LEAST + "*")) {
                found.forEach(candidates::add);
            }
        }
        for (Path home : candidates) {
            Optional<NewerJava> java = in(home);
            if (java.isPresent()) return java;
        }
        return Optional.empty();
    }

    private static Optional<NewerJava> in(Path home) throws IOException {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) return Optional.empty();
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(release)) {
            properties.load(reader);
        }
        String version = properties.getProperty("JAVA_VERSION", "0").replace("\"", "");
        int major = Integer.parseInt(version.replaceAll("\\D.*", ""));
        return major < LEAST ? Optional.empty() : Optional.of(new NewerJava(home, version));
    }
}
