package dwal.server.cli;

import dwal.server.simulation.Misfortune;
import dwal.server.simulation.Simulation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code dwal sim}: runs whole clusters in this thread, each from one seed, and says what they went through. Exit code 1
 * when a rule of replication was broken; the seed that is told then gives the same run again.
 */
@Command(
        name = "sim",
        description = "Simulate clusters whose nodes die, hang and lose each other, and check that no rule is broken.",
        footer = {
            "",
            "Examples:",
            "  bin/dwal sim --seed 42             one run, the same each time",
            "  bin/dwal sim --runs 1000           a thousand that nobody has seen",
            "",
            "Exit code: 0 all rules were kept, 1 one was broken (the seed is told), 2 wrong usage."
        },
        sortOptions = false)
final class SimCommand implements Callable<Integer> {

    @Option(names = "--seed", paramLabel = "N", description = "Of the first run; the next have the numbers behind.")
    private @Nullable Long seed;

    @Option(names = "--runs", paramLabel = "K", defaultValue = "1", description = "How many. Default: ${DEFAULT-VALUE}")
    private int runs;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (runs < 1) {
            throw new ParameterException(spec.commandLine(), "--runs " + runs + ": at least one");
        }
        // What simulated nodes warn of is what is done to them. Read when their loggers are made.
        for (String part : List.of("dwal.replication", "dwal.log")) {
            System.setProperty("org.slf4j.simpleLogger.log." + part, "off");
        }
        long first = seed != null ? seed : new SecureRandom().nextLong() >>> 1;
        PrintWriter out = spec.commandLine().getOut();
        ProgressBar bar = ProgressBar.onTerminal(spec.commandLine().getErr());
        long steps = 0;
        Map<Misfortune, Integer> misfortunes = new EnumMap<>(Misfortune.class);
        long acknowledged = 0;
        long read = 0;
        for (int i = 0; i < runs; i++) {
            long one = first + i;
            if (bar != null) {
                bar.at(i, runs, Path.of("seed " + one, "run"));
            }
            try {
                Simulation.Report report = new Simulation(one, Simulation.Options.of(one, null)).run();
                steps += report.steps();
                report.misfortunes().forEach((kind, count) -> misfortunes.merge(kind, count, Integer::sum));
                read += report.read();
                acknowledged += report.acknowledged();
            } catch (AssertionError broken) {
                clear(bar);
                out.println("broken: " + broken.getMessage());
                out.println("The same again: bin/dwal sim --seed " + one);
                out.flush();
                return CommandLine.ExitCode.SOFTWARE;
            }
        }
        clear(bar);
        out.println(String.format(
                Locale.ROOT,
                "all rules kept: seeds %d to %d, %d steps, %d records acknowledged, %d read, %d misfortunes: %s",
                first,
                first + runs - 1,
                steps,
                acknowledged,
                read,
                misfortunes.values().stream().mapToInt(Integer::intValue).sum(),
                byKind(misfortunes)));
        out.flush();
        return CommandLine.ExitCode.OK;
    }

    private static String byKind(Map<Misfortune, Integer> misfortunes) {
        return misfortunes.entrySet().stream()
                .map(one -> one.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + one.getValue())
                .collect(Collectors.joining(", "));
    }

    private static void clear(@Nullable ProgressBar bar) {
        if (bar != null) {
            bar.clear();
        }
    }
}
