package dwal.compat.tools;

import java.io.BufferedOutputStream;
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
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.utils.Exit;

/** Runs one tool after the other in one JVM, since starting a JVM costs more than what most tools do: a request on standard input each. */
final class ToolsMain {
    /** What a tool's exit becomes. */
    private static final class Exited extends Error {
        private static final long serialVersionUID = 1;

        Exited() {
            super(null, null, false, false);
        }
    }

    /** The status of the present tool's first exit: some catch what they take for an error, and exit once more. */
    private static volatile OptionalInt exit = OptionalInt.empty();

    /** What the present tool left to do at the JVM's end: the console producer sends its last records there. */
    private static final Queue<Runnable> AT_EXIT = new ConcurrentLinkedQueue<>();

    private ToolsMain() {}

    public static void main(String[] arguments) throws IOException {
        DataInputStream requests = new DataInputStream(System.in);
        DataOutputStream answers = new DataOutputStream(new BufferedOutputStream(System.out));
        System.setOut(System.err); // a tool's threads may outlive its run, and must not write between the answers
        Exit.setExitProcedure((status, message) -> {
            if (exit.isEmpty()) exit = OptionalInt.of(status);
            throw new Exited();
        });
        Exit.setShutdownHookAdder((name, hook) -> AT_EXIT.add(hook));
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
            int status = main(command, capture);
            for (Runnable hook = AT_EXIT.poll(); hook != null; hook = AT_EXIT.poll()) hook.run();
            return status;
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static int main(String[] command, PrintStream capture) {
        String[] options = Arrays.copyOfRange(command, 1, command.length);
        try {
            Class.forName(command[0]).getMethod("main", String[].class).invoke(null, (Object) options);
            return exit.orElse(0);
        } catch (InvocationTargetException e) {
            if (exit.isPresent()) return exit.getAsInt();
            e.getCause().printStackTrace(capture);
            return 99;
        } catch (ReflectiveOperationException e) {
            e.printStackTrace(capture);
            return 98;
        }
    }
}
