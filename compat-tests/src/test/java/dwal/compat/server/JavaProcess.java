package dwal.compat.server;

import java.nio.file.Path;

/** The JVM that child processes run on: the one that runs the tests. */
public final class JavaProcess {
    public static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private JavaProcess() {}
}
