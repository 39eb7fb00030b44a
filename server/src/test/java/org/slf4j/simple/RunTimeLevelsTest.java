package org.slf4j.simple;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class RunTimeLevelsTest {
    private static final String PACKAGE = "levels.of.a.test";

    private final RunTimeLevels levels = RunTimeLevels.ofProcess().orElseThrow();
    private final Logger above = LoggerFactory.getLogger(PACKAGE);
    private final Logger below = LoggerFactory.getLogger(PACKAGE + ".Below");
    private final String before = levels.all().get(RunTimeLevels.ROOT);

    @AfterEach
    void asBefore() {
        levels.set(RunTimeLevels.ROOT, before);
        levels.unset(PACKAGE);
        levels.unset(below.getName());
    }

    @Test
    void aLevelHoldsForAllBelowThatHaveNoneOfTheirOwn() {
        levels.set(below.getName(), "ERROR");
        levels.set(PACKAGE, "TRACE");

        assertThat(above.isTraceEnabled()).isTrue();
        assertThat(below.isWarnEnabled()).isFalse();
        assertThat(LoggerFactory.getLogger(PACKAGE + ".Later").isTraceEnabled()).isTrue();
        levels.unset(below.getName());
        assertThat(below.isTraceEnabled()).isTrue();
    }

    @Test
    void theRootsLevelHoldsWhereNothingElseIsSaid() {
        levels.set(PACKAGE, "WARN");
        levels.set(RunTimeLevels.ROOT, "DEBUG");

        assertThat(LoggerFactory.getLogger("another.of.a.test").isDebugEnabled())
                .isTrue();
        assertThat(above.isInfoEnabled()).isFalse();
        assertThat(levels.all()).containsEntry(RunTimeLevels.ROOT, "DEBUG").containsEntry(PACKAGE, "WARN");
    }

    @Test
    void whatIsTakenBackIsAsAtTheStart() {
        String key = SimpleLogger.LOG_KEY_PREFIX + PACKAGE;
        System.setProperty(key, "warn");
        try {
            levels.set(PACKAGE, "TRACE");
            levels.set(PACKAGE, "OFF");
            assertThat(above.isErrorEnabled()).isFalse();
            levels.unset(PACKAGE);

            assertThat(levels.all()).containsEntry(PACKAGE, "WARN");
            assertThat(above.isInfoEnabled()).isFalse();
            assertThat(above.isWarnEnabled()).isTrue();
            levels.unset(PACKAGE);
            assertThat(System.getProperty(key)).isEqualTo("warn");
        } finally {
            System.clearProperty(key);
        }
    }

    @Test
    void packagesAreAmongThoseThatHaveALevel() {
        assertThat(levels.all()).containsKeys("levels", PACKAGE, below.getName(), RunTimeLevels.ROOT);
    }
}
