package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenFilesLimitTest {
    @Test
    void halfOfTheFilesAreForSegmentsButAtMostAThousand() {
        assertThat(of("1024").segments()).isEqualTo(512);
        assertThat(of("20000").segments()).isEqualTo(1_000);
        assertThat(of("unlimited").segments()).isEqualTo(1_000);
    }

    @Test
    void lessThan4096AreFew() {
        assertThat(of("4095").isLow()).isTrue();
        assertThat(of("4096").isLow()).isFalse();
        assertThat(of("unlimited").isLow()).isFalse();
    }

    private static OpenFilesLimit of(String files) {
        return OpenFilesLimit.parse("""
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             63432                63432                processes
                Max open files            %s                 %s                 files
                Max locked memory         8388608              8388608              bytes
                """.formatted(files, files));
    }
}
