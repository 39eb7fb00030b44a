package dwal.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.ApiTable;
import dwal.server.config.BrokerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    private static final String BEGIN = "write it anew -->\n";
    private static final String END = "<!-- end of apis -->";

    @TempDir
    private Path data;

    @Test
    void tellsEachApiWithTheVersionsThatTheServerAnswers() throws IOException {
        Path readme = Path.of("..", "README.md");
        String text = Files.readString(readme, UTF_8);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        String table;
        try (var broker = new Broker(BrokerConfig.of(Map.of("log.dirs", data.toString())))) {
            table = tableOf(broker.apiTable());
        }
        if (Boolean.getBoolean("dwal.docs.write")) {
            Files.writeString(readme, text.substring(0, begin) + table + text.substring(end), UTF_8);
        } else {
            assertThat(text.substring(begin, end))
                    .as("run this test with -Ddwal.docs.write=true")
                    .isEqualTo(table);
        }
    }

    private static String tableOf(ApiTable apis) {
        var table = new StringBuilder("\n| key | API | versions |\n|---|---|---|\n");
        for (ApiTable.Entry api : apis.entries()) {
            table.append(
                    "| %d | %s | %d to %d |%n".formatted(api.key().id, api.key().name, api.lowest(), api.highest()));
        }
        return table.append('\n').toString();
    }
}
