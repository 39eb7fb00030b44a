package dwal.gateway;

import dwal.server.DoorSettings;
import dwal.server.Doors;

/** The process: the command {@code dwal}, whose nodes have all doors. */
public final class Main {
    private Main() {}

    /** Runs the command that {@code arguments} tell, and ends the process with its exit code. */
    public static void main(String[] arguments) {
        dwal.server.cli.Main.run(arguments, Main::doors);
    }

    /** The same in a process that goes on; gives the exit code. */
    public static int execute(String[] arguments) {
        return dwal.server.cli.Main.execute(arguments, Main::doors);
    }

    private static Doors doors(DoorSettings settings, Doors.Inside node) {
        // Who has neither door loads nothing of them.
        return settings.http() == null && settings.grpc() == null ? Doors.none() : new Gateway(settings, node);
    }
}
