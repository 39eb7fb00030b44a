package dwal.compat.container;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;

/** The image of the project's Dockerfile, on a base image that testbed/base-image makes without a registry. */
final class Image {
    static final String NAME = "dwal:compat-test";
    private static final String BASE = "dwal/jre-base:local";

    private Image() {}

    /** Builds it; what is the same as before costs little. Skips the test where that cannot be. */
    static void build() throws Exception {
        Requirement.that(
                DockerClientFactory.instance().isDockerAvailable(),
                "no Docker engine answers (compat-tests/testbed/docker-up starts one)");
        Requirement.that(
                succeeds("docker", "image", "inspect", BASE),
                "no image " + BASE + " (compat-tests/testbed/base-image makes it)");
        String root = Path.of(System.getProperty("dwal.home", "..")).toString();
        assertThat(succeeds(
                        "docker", "build", "--network", "none", "--build-arg", "BASE_IMAGE=" + BASE, "-t", NAME, root))
                .as("docker build of the Dockerfile; see the output above")
                .isTrue();
    }

    private static boolean succeeds(String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putIfAbsent("DOCKER_BUILDKIT", "0");
        Path output = Files.createTempFile("docker", ".log");
        Process process = builder.redirectOutput(output.toFile()).start();
        boolean good = process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
        if (!good) System.out.println(String.join(" ", command) + ":\n" + Files.readString(output));
        Files.delete(output);
        return good;
    }
}
