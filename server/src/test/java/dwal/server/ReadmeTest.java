package dwal.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    private static final String BEGIN = "write it anew -->\n";
    private static final String END = "<!-- end of apis -->";

    @TempDir
    private Path directory;

    @Test
    void tellsEachApiWithTheVersionsThatTheServerAnswers() throws Exception {
        Path readme = Path.of("..", "README.md");
        String text = Files.readString(readme, UTF_8);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        String table;
        try (var nodes = new TestNodes(directory, List.of(1))) {
            nodes.add(1, "broker,controller", Map.of()).start(1);
            table = tableOf(versionsAt(nodes.portOf(1)));
        }
        if (Boolean.getBoolean("dwal.docs.write")) {
            Files.writeString(readme, text.substring(0, begin) + table + text.substring(end), UTF_8);
        } else {
            assertThat(text.substring(begin, end))
                    .as("run this test with -Ddwal.docs.write=true")
                    .isEqualTo(table);
        }
    }

    /** As a client asks, over a socket: what a node announces is more than its own table says. */
    private static List<ApiVersion> versionsAt(int port) throws Exception {
        var request = new ApiVersionsRequestData().setClientSoftwareName("test").setClientSoftwareVersion("1");
        ApiVersionsResponseData answer =
                TestNodes.ask(port, ApiKeys.API_VERSIONS, 4, request, new ApiVersionsResponseData());
        return answer.apiKeys().stream()
                .sorted(Comparator.comparing(ApiVersion::apiKey))
                .toList();
    }

    private static String tableOf(List<ApiVersion> apis) {
        var table = new StringBuilder("\n| key | API | versions |\n|---|---|---|\n");
        for (ApiVersion api : apis) {
            table.append("| %d | %s | %d to %d |%n"
                    .formatted(api.apiKey(), ApiKeys.forId(api.apiKey()).name, api.minVersion(), api.maxVersion()));
        }
        return table.append('\n').toString();
    }
}
