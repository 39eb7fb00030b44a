package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
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

    /**
     * What is done to a log, and whether a start of a node finds it.
     *
     * @param refused with the index, as far as which all was synced and is not read
     * @param refusedWithoutIndex when all is read, but nobody knows where the log began and ended
     */
    record Case(String name, boolean refused, boolean refusedWithoutIndex, Damage damage) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("a byte in the last batch", false, false, segments -> {
                    Path last = segments.get(segments.size() - 1);
                    byte[] bytes = Files.readAllBytes(last);
                    bytes[bytes.length - 3] ^= 1;
                    Files.write(last, bytes);
                }),
                new Case("a page in the first segment", false, true, segments -> zeroAPage(segments.get(0))),
                new Case(
                        "a page in the last segment",
                        false,
                        true,
                        segments -> zeroAPage(segments.get(segments.size() - 1))),
                new Case(
                        "the last segment cut short",
                        true,
                        false,
                        segments -> cut(segments.get(segments.size() - 1), 0)),
                new Case(
                        "the last segment cut in a batch",
                        true,
                        false,
                        segments -> cut(segments.get(segments.size() - 1), 7)),
                new Case("the first segment cut in a batch", true, true, segments -> cut(segments.get(0), 7)),
                new Case("segment 0 missing", true, false, segments -> Files.delete(segments.get(0))),
                new Case("segment 1 missing", true, true, segments -> Files.delete(segments.get(1))),
                new Case("all segments missing", true, true, segments -> {
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

    /** Then a start reads everything, and all of it may have been synced. */
    @ParameterizedTest
    @MethodSource("casesWithSegments")
    void comesToTheVerdictOfAStartWithoutIndex(Case one) throws IOException {
        one.damage().to(segments());
        DamagedIndexTest.delete(data.resolve("index"));
        checkVerdictIsThatOfAStart(one);
    }

    @ParameterizedTest
    @MethodSource("casesWithSegments")
    void comesToTheVerdictOfAStartThatMustBuildTheIndexAnew(Case one) throws Exception {
        one.damage().to(segments());
        changeIndex((entries, change) -> {
            entries.deleteAll();
            entries.putLost(change);
        });
        checkVerdictIsThatOfAStart(one);
    }

    private void checkVerdictIsThatOfAStart(Case one) throws IOException {
        int damaged = verify().damaged();
        assertThat(dump().damaged()).isEqualTo(damaged);
        assertThat(start().status()).isEqualTo(damaged > 0 ? Errors.KAFKA_STORAGE_ERROR : Errors.NONE);
        assertThat(damaged > 0).isEqualTo(one.refusedWithoutIndex());
    }

    /** KRaft opens its log by itself; a start looks whether it would cut more than a crash leaves. */
    @ParameterizedTest
    @MethodSource("casesWithSegments")
    void comesToTheVerdictOfAStartAboutTheMetadataLog(Case one) throws IOException {
        Path metadata = data.resolve("__cluster_metadata-0");
        Files.move(data.resolve("orders-0"), metadata);
        DamagedIndexTest.delete(data.resolve("orders-1"));
        DamagedIndexTest.delete(data.resolve("index"));
        one.damage().to(segments(metadata));
        boolean refused =
                new DamageBeforeEnd(Disk.system()).find(metadata, 0, 0).isPresent();
        assertThat(verify().damaged() > 0).isEqualTo(refused);
    }

    static Stream<Case> casesWithSegments() {
        return cases().filter(one -> !one.name().startsWith("all"));
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
