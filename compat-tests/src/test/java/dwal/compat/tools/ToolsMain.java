package dwal.compat.tools;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.apache.kafka.common.utils.Exit;

/** Runs one tool after the other in one JVM, since starting a JVM costs more than what most tools do: a request on standard input each. */
final class ToolsMain {
    /** What a tool's exit becomes. */
    private static final class Exited extends Error {
        private static final long serialVersionUID = 1;
    }

    /** The status of the present tool's first exit: some catch what they take for an error, and exit once more. */
    private static OptionalInt exit = OptionalInt.empty();

    private ToolsMain() {}

    public static void main(String[] arguments) throws IOException {
        DataInputStream requests = new DataInputStream(System.in);
        DataOutputStream answers = new DataOutputStream(System.out);
        Exit.setExitProcedure((status, message) -> {
            if (exit.isEmpty()) exit = OptionalInt.of(status);
            throw new Exited();
        });
        while (true) {
            try {
                String[] command = new String[requests.readInt()];
                for (int i = 0; i < command.length; i++) command[i] = requests.readUTF();
                ByteArrayOutputStream written = new ByteArrayOutputStream();
                int status = run(command, requests.readUTF(), written);
                answers.writeInt(status);
                answers.writeInt(written.size());
                written.writeTo(answers);
                answers.flush();
            } catch (EOFException e) {
                return;
            }
        }
    }

    private static int run(String[] command, String input, ByteArrayOutputStream written) {
        InputStream in = System.in;
        PrintStream out = System.out;
        PrintStream err = System.err;
        exit = OptionalInt.empty();
        try (PrintStream capture = new PrintStream(written, true, StandardCharsets.UTF_8)) {
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            System.setOut(capture);
            System.setErr(capture);
            String[] rest = java.util.Arrays.copyOfRange(command, 1, command.length);
            Class.forName(command[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
            return exit.orElse(0);
        } catch (InvocationTargetException e) {
            if (exit.isPresent()) return exit.getAsInt();
            e.getCause().printStackTrace(new PrintStream(written, true, StandardCharsets.UTF_8));
            return 99;
        } catch (ReflectiveOperationException e) {
            e.printStackTrace(new PrintStream(written, true, StandardCharsets.UTF_8));
            return 98;
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
        }
    }
}
