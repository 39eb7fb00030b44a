package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecordFormatsTest {
    private static final byte[] BINARY = {0, (byte) 0xff, 10, 27};

    @Test
    void whatAConsumerPrintsAsJsonAProducerReads() throws IOException {
        var headers =
                new RecordHeaders().add("text", utf8("ü")).add("binary", BINARY).add("none", null);
        for (byte[] value : new byte[][] {null, {}, BINARY, utf8("tab\tand \"quotes\"\n")}) {
            var out = new ByteArrayOutputStream();
            RecordJson.write(consumed(utf8("key"), value, headers), out);

            ProducerRecord<byte[], byte[]> read = RecordJson.read(out.toByteArray(), "elsewhere", null);
            assertThat(read.topic()).isEqualTo("elsewhere");
            assertThat(read.partition()).isEqualTo(3);
            assertThat(read.timestamp()).isEqualTo(1_760_000_000_000L);
            assertThat(read.key()).isEqualTo(utf8("key"));
            assertThat(read.value()).isEqualTo(value);
            assertThat(read.headers()).isEqualTo(headers);
        }
    }

    @Test
    void jsonInAValueStaysJson() throws IOException {
        var read = RecordJson.read(utf8("{\"value\": {\"json\": {\"a\": [1, 2.50, null]}}, \"key\": \"k\"}"), "t", 7);
        assertThat(read.value()).isEqualTo(utf8("{\"a\":[1,2.50,null]}"));
        assertThat(read.key()).isEqualTo(utf8("k"));
        assertThat(read.partition()).isEqualTo(7);
    }

    @Test
    void whatIsNoRecordIsRefused() {
        for (String line : List.of(
                "",
                "1",
                "[]",
                "{",
                "{} {}",
                "{\"vlaue\": null}",
                "{\"value\": {}}",
                "{\"value\": {\"text\": \"a\"}}",
                "{\"value\": {\"string\": 1}}",
                "{\"value\": {\"string\": \"a\", \"base64\": \"\"}}",
                "{\"value\": {\"base64\": \"*\"}}",
                "{\"headers\": {}}",
                "{\"headers\": [{\"value\": null}]}",
                "{\"partition\": \"x\"}")) {
            assertThatThrownBy(() -> RecordJson.read(utf8(line), "t", null))
                    .as(line)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void textHasTheFieldsAskedForAndTheValue() throws IOException {
        var headers = new RecordHeaders().add("a", utf8("1")).add("b", null);
        var fields = List.of(RecordText.Field.values());
        assertThat(text(new RecordText(fields, RecordText.Bytes.RAW), consumed(null, utf8("v"), headers)))
                .isEqualTo("3\t42\t2025-10-09T08:53:20Z\tnull\ta=1,b=null\tv\n");
        assertThat(text(new RecordText(List.of(), RecordText.Bytes.HEX), consumed(null, BINARY, headers)))
                .isEqualTo("00ff0a1b\n");
    }

    @Test
    void onATerminalControlCharactersDoNothing() throws IOException {
        var record = consumed(null, utf8("\u001b[2Jü\u009b\tx"), new RecordHeaders());
        assertThat(text(new RecordText(List.of(), RecordText.Bytes.TAMED), record))
                .isEqualTo("\\x1b[2Jü\\x9b\tx\n");
        assertThat(text(new RecordText(List.of(), RecordText.Bytes.RAW), record))
                .isEqualTo("\u001b[2Jü\u009b\tx\n");
    }

    private static String text(RecordText format, ConsumerRecord<byte[], byte[]> record) throws IOException {
        var out = new ByteArrayOutputStream();
        format.write(record, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static ConsumerRecord<byte[], byte[]> consumed(byte[] key, byte[] value, Headers headers) {
        return new ConsumerRecord<>(
                "t",
                3,
                42,
                1_760_000_000_000L,
                TimestampType.CREATE_TIME,
                -1,
                -1,
                key,
                value,
                headers,
                Optional.empty());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
