package dwal.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The replication core in a cluster of simulated nodes: see {@link Simulation}. A failure names its seed, and the seed
 * alone brings it back.
 */
class SimulationTest {
    private static final int FIXED_SEEDS = 40;
    private static final int NEW_SEEDS = 20;

    /** Always the same ones, among them those that once failed; and some that nobody has tried. */
    static LongStream seeds() {
        LongStream known = LongStream.of(114, 121, 172, 305, 455, 821, 8_100_001_185L, 8_100_003_174L);
        LongStream fresh = LongStream.range(0, NEW_SEEDS).map(i -> System.nanoTime() / 1_000 + i);
        return LongStream.concat(LongStream.concat(LongStream.rangeClosed(1, FIXED_SEEDS), known), fresh);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void keepsItsRulesWhateverGoesWrong(long seed) {
        Simulation.Report report = new Simulation(seed, Simulation.Options.of(seed, null)).run();

        assertThat(report.acknowledged())
                .as("a run without work proves nothing")
                .isPositive();
        assertThat(report.misfortunes()).isNotEmpty();
    }

    @Test
    void readersMeetBitsThatFlipUnderThem() {
        int met = 0;
        for (long seed = 1; met == 0 && seed <= FIXED_SEEDS; seed++) {
            met = new Simulation(seed, Simulation.Options.of(seed, null)).run().damageMet();
        }
        assertThat(met).isPositive();
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        for (long seed = 1; seed <= 5; seed++) {
            Simulation.Report once = new Simulation(seed, Simulation.Options.of(seed, null)).run();
            Simulation.Report again = new Simulation(seed, Simulation.Options.of(seed, null)).run();

            assertThat(again).isEqualTo(once);
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void noticesWhatIsWrongOnPurpose(Bug bug) {
        for (long seed = 1; seed <= 300; seed++) {
            try {
                new Simulation(seed, Simulation.Options.of(seed, bug)).run();
            } catch (AssertionError caught) {
                assertThat(caught)
                        .hasMessageContaining("seed " + seed + " with " + bug)
                        .hasMessageContaining(" ms  metadata: ")
                        .hasMessageNotContaining("another run");
                if (!caught.getMessage().contains("not within")) {
                    return; // a rule has noticed it, not only that nothing went on
                }
            }
        }
        throw new AssertionError("300 seeds have not noticed " + bug);
    }
}
