package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A dump of a damaged log: it finds what a verification finds, and what is whole is printed. */
class InspectedDumpTest extends InspectedLogs {

    /** What was done to the segments. */
    private interface Damage {
        void to(List<Path> segments) throws IOException;
    }

    /** @param refused whether a start of a node finds it: what was synced it does not read */
    record Case(String name, boolean refused, Damage damage) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("a byte in the last batch", false, segments -> {
                    Path last = segments.get(segments.size() - 1);
                    byte[] bytes = Files.readAllBytes(last);
                    bytes[bytes.length - 3] ^= 1;
                    Files.write(last, bytes);
                }),
                new Case("a page in the first segment", false, segments -> zeroAPage(segments.get(0))),
                new Case("a page in the last segment", false, segments -> zeroAPage(segments.get(segments.size() - 1))),
                new Case("the last segment cut short", true, segments -> cut(segments.get(segments.size() - 1), 0)),
                new Case(
                        "the last segment cut in a batch", true, segments -> cut(segments.get(segments.size() - 1), 7)),
                new Case("the first segment cut in a batch", true, segments -> cut(segments.get(0), 7)),
                new Case("segment 0 missing", true, segments -> Files.delete(segments.get(0))),
                new Case("segment 1 missing", true, segments -> Files.delete(segments.get(1))),
                new Case("all segments missing", true, segments -> {
                    for (Path one : segments) {
                        Files.delete(one);
                    }
                }));
    }

    private static void zeroAPage(Path segment) throws IOException {
        byte[] bytes = Files.readAllBytes(segment);
        Arrays.fill(bytes, 4096, 8192, (byte) 0);
        Files.write(segment, bytes);
    }

    private static void cut(Path segment, int bytesOfBatch) throws IOException {
        byte[] bytes = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(bytes, positions(bytes).get(3) + bytesOfBatch));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void comesToTheVerdictOfAVerification(Case one) throws IOException {
        one.damage().to(segments());
        assertThat(verify().damaged()).isPositive();
        List<LogInspector.Finding> verified = List.copyOf(findings);
        assertThat(dump().damaged()).isPositive();
        assertThat(findings)
                .isEqualTo(verified)
                .noneMatch(finding -> finding.what().contains("cuts it off"));
        assertThat(start().status()).isEqualTo(one.refused() ? Errors.KAFKA_STORAGE_ERROR : Errors.NONE);
    }

    @ParameterizedTest
    @MethodSource("segmentNumbers")
    void printsWhatIsWholeBehindDamage(int segment) throws IOException {
        dump();
        List<String> whole = List.copyOf(lines);
        Path damaged = segments().get(segment);
        byte[] bytes = Files.readAllBytes(damaged);
        int third = positions(bytes).get(2);
        bytes[third + 70] ^= 1;
        Files.write(damaged, bytes);
        assertThat(dump().damaged()).isEqualTo(1);
        assertThat(lines)
                .hasSize(whole.size() - 1)
                .isSubsetOf(whole)
                .anyMatch(line -> line.startsWith("offsets " + (3 * BATCHES - 1)));
    }

    static Stream<Integer> segmentNumbers() {
        return Stream.of(0, 1);
    }
}
