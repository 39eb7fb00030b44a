package dwal.compat.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.Socket;

/**
 * Runs one command of dwal's after the other in one JVM, with the jars that {@code bin/dwal} has: a process for each takes most of the time
 * that a command takes. From the port that its argument names come, for each, the number of arguments, the arguments and what is to be its
 * standard input; its exit code is answered there. What it writes goes to this process' own standard output and error.
 */
final class CommandsMain {
    private CommandsMain() {}

    public static void main(String[] arguments) throws Exception {
        Method execute = Class.forName("dwal.gateway.Main").getMethod("execute", String[].class);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]))) {
            var asked = new DataInputStream(socket.getInputStream());
            var answers = new DataOutputStream(socket.getOutputStream());
            while (true) {
                String[] command = new String[asked.readInt()];
                for (int i = 0; i < command.length; i++) command[i] = read(asked);
                System.setIn(new ByteArrayInputStream(read(asked).getBytes(UTF_8)));
                int code = (int) execute.invoke(null, (Object) command);
                System.out.flush();
                System.err.flush();
                answers.writeInt(code);
            }
        } catch (EOFException e) {
            System.exit(0);
        }
    }

    private static String read(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), UTF_8);
    }
}
