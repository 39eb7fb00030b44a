package dwal.compat.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dwal.compat.server.JavaProcess;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The process of {@link CommandsMain} for commands against one node; it ends with this JVM. Used by one test thread. */
final class Commands {
    private static final Map<String, Commands> ALL = new HashMap<>();
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Written out = new Written();
    private final Written err = new Written();
    private final Process process;
    private final DataOutputStream asked;
    private final DataInputStream answers;

    /** What the process has written to a file, from command to command. */
    private static final class Written {
        private final Path file;
        private long position;

        Written() throws IOException {
            file = Files.createTempFile("commands", ".out");
            file.toFile().deleteOnExit();
        }

        String more() throws IOException {
            try (var in = new RandomAccessFile(file.toFile(), "r")) {
                byte[] bytes = new byte[(int) (in.length() - position)];
                in.seek(position);
                in.readFully(bytes);
                position += bytes.length;
                return new String(bytes, UTF_8);
            }
        }
    }

    private Commands(String bootstrap) throws IOException {
        try (var listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listening.setSoTimeout((int) PATIENCE.toMillis());
            process = start(bootstrap, listening.getLocalPort());
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            Socket socket = listening.accept();
            socket.setSoTimeout((int) PATIENCE.toMillis());
            asked = new DataOutputStream(socket.getOutputStream());
            answers = new DataInputStream(socket.getInputStream());
        }
    }

    private Process start(String bootstrap, int port) throws IOException {
        Path dwal = Path.of(System.getProperty("dwal.home", ".."), "gateway", "target", "dwal");
        Path classes = Path.of(System.getProperty("compat.directory", "target"), "test-classes");
        ProcessBuilder builder = new ProcessBuilder(
                        JavaProcess.JAVA,
                        "@" + dwal.resolve("jvm.options"),
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.library.path=" + dwal.resolve("native"),
                        "-cp",
                        dwal.resolve("lib") + "/*" + File.pathSeparator + classes.toAbsolutePath(),
                        CommandsMain.class.getName(),
                        Integer.toString(port))
                .redirectOutput(out.file.toFile())
                .redirectError(err.file.toFile());
        builder.environment().put("DWAL_BOOTSTRAP", bootstrap);
        return builder.start();
    }

    /** Those whose variable DWAL_BOOTSTRAP is {@code bootstrap}. */
    static Commands of(String bootstrap) {
        return ALL.computeIfAbsent(bootstrap, node -> {
            try {
                return new Commands(node);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    Command.Result run(String input, String... arguments) {
        String line = "dwal " + String.join(" ", arguments);
        try {
            asked.writeInt(arguments.length);
            for (String argument : arguments) write(argument);
            write(input);
            int code = answers.readInt();
            return new Command.Result(code, out.more(), err.more(), line);
        } catch (IOException e) {
            ALL.values().remove(this);
            process.destroyForcibly();
            throw new AssertionError("no answer to " + line, e);
        }
    }

    private void write(String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        asked.writeInt(bytes.length);
        asked.write(bytes);
    }
}
