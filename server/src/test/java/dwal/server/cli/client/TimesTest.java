package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class TimesTest {
    private static final long NOW = 1_700_000_000_000L;

    @Test
    void anAgeCountsBackFromNow() {
        assertThat(Times.parse("250ms", NOW)).isEqualTo(NOW - 250);
        assertThat(Times.parse("90s", NOW)).isEqualTo(NOW - 90_000);
        assertThat(Times.parse("15m", NOW)).isEqualTo(NOW - 900_000);
        assertThat(Times.parse("2h", NOW)).isEqualTo(NOW - 7_200_000);
        assertThat(Times.parse("7d", NOW)).isEqualTo(NOW - 604_800_000);
    }

    @Test
    void aNumberIsMillisecondsSince1970() {
        assertThat(Times.parse("1760000000000", NOW)).isEqualTo(1_760_000_000_000L);
    }

    @Test
    void aTimeWithAZoneIsThatTimeAndOneWithoutIsHere() {
        assertThat(Times.parse("2026-01-31T12:00:00Z", NOW)).isEqualTo(1_769_860_800_000L);
        assertThat(Times.parse("2026-01-31T12:00+02:00", NOW)).isEqualTo(1_769_853_600_000L);
        assertThat(Times.parse("2026-01-31", NOW))
                .isEqualTo(LocalDate.of(2026, 1, 31)
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant()
                        .toEpochMilli());
    }

    @Test
    void whatIsNoTimeIsRefusedWithTheFormsThatThereAre() {
        for (String text : new String[] {"", "yesterday", "2026-13-01", "5w", "-5"}) {
            assertThatThrownBy(() -> Times.parse(text, NOW)).hasMessageContaining("is no time: 2026-01-31");
        }
    }
}
