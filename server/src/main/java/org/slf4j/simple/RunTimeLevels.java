package org.slf4j.simple;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The levels of slf4j-simple's loggers, told and changed while the process runs, for which it has no way of its own. A level is set as
 * it is at a start, by the system property for a logger or for what its name begins with, and all loggers look again. It stands in
 * slf4j-simple's package because what level a logger has is for this package to know; a version without that does not compile with
 * us. Any thread.
 */
public final class RunTimeLevels {
    /** The name of what holds for all loggers that nothing else is said for. */
    public static final String ROOT = "root";

    private static final String[] LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"};
    private static final int STEP = SimpleLogger.LOG_LEVEL_DEBUG - SimpleLogger.LOG_LEVEL_TRACE;

    private static final Optional<RunTimeLevels> OF_PROCESS =
            LoggerFactory.getILoggerFactory() instanceof SimpleLoggerFactory loggers
                    ? Optional.of(new RunTimeLevels(loggers))
                    : Optional.empty();

    private final SimpleLoggerFactory loggers;
    /** The system properties at the start of the process, of the names that were set since. */
    private final Map<String, Optional<String>> atStart = new HashMap<>();

    private RunTimeLevels(SimpleLoggerFactory loggers) {
        this.loggers = loggers;
    }

    /** Those of this process; empty if another library than slf4j-simple writes its log. */
    public static Optional<RunTimeLevels> ofProcess() {
        return OF_PROCESS;
    }

    /** The level, from TRACE to OFF, of each logger, of each package that has one, and of {@link #ROOT}. */
    public synchronized SortedMap<String, String> all() {
        SortedMap<String, String> all = new TreeMap<>();
        for (String logger : loggers.loggerMap.keySet()) {
            String name = logger;
            while (!name.isEmpty() && !all.containsKey(name)) {
                all.put(name, name(configured(name)));
                name = name.substring(0, Math.max(name.lastIndexOf('.'), 0));
            }
        }
        all.put(ROOT, name(SimpleLogger.CONFIG_PARAMS.defaultLogLevel));
        return all;
    }

    /** Gives one of {@link #all} another level: itself, and those below it that have none of their own. */
    public synchronized void set(String name, String level) {
        if (name.equals(ROOT)) {
            SimpleLogger.CONFIG_PARAMS.defaultLogLevel = SimpleLoggerConfiguration.stringToLevel(level);
        } else {
            String key = SimpleLogger.LOG_KEY_PREFIX + name;
            atStart.putIfAbsent(name, Optional.ofNullable(System.getProperty(key)));
            System.setProperty(key, level);
        }
        lookAgain();
    }

    /** Gives back the level that it had at the start of the process. */
    public synchronized void unset(String name) {
        Optional<String> before = atStart.remove(name);
        if (before != null) {
            String key = SimpleLogger.LOG_KEY_PREFIX + name;
            before.ifPresentOrElse(level -> System.setProperty(key, level), () -> System.clearProperty(key));
            lookAgain();
        }
    }

    private void lookAgain() {
        for (Logger logger : loggers.loggerMap.values()) {
            ((SimpleLogger) logger).currentLogLevel = configured(logger.getName());
        }
    }

    /** What a logger of this name begins with. */
    private static int configured(String name) {
        return new SimpleLogger(name).currentLogLevel;
    }

    private static String name(int level) {
        return LEVELS[level / STEP];
    }
}
