package dwal.compat.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.server.DwalProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.openqa.selenium.Keys;

/** The console of one node with records and groups, as people use it: with eyes, a mouse, a keyboard, a phone. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleTest {
    /** Runs when it is taken for markup. */
    private static final String EVIL = "<img src=x onerror=\"window.stolen=1\"><script>window.stolen=1</script>";

    private static final DwalProcess NODE =
            new DwalProcess(Map.of("dwal.console.write", "true", "broker.rack", EVIL, "num.partitions", "3"));
    private static final long FIRST_TIME = System.currentTimeMillis() - 300_000;

    /** All that the browser may ask. */
    private static final List<String> NODES = new ArrayList<>();

    private static Browser browser;
    private static Clients clients;

    @BeforeAll
    static void start() throws Exception {
        browser = new Browser();
        NODE.start();
        NODES.add("http://" + NODE.http());
        clients = new Clients(NODE);
        try (Admin admin = clients.admin()) {
            admin.createTopics(List.of(
                            new NewTopic("orders", 3, (short) 1).configs(Map.of("retention.ms", "-1")),
                            new NewTopic("evil", 1, (short) 1).configs(Map.of("message.timestamp.type", "CreateTime")),
                            new NewTopic("scratch", 3, (short) 1),
                            new NewTopic("empty", 1, (short) 1)))
                    .all()
                    .get();
        }
        write();
        read("billing");
        read(EVIL);
    }

    private static void write() throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        try (Producer<String, String> producer = clients.producer(Map.of("client.id", EVIL))) {
            for (int i = 0; i < 200; i++) {
                String value =
                        "{\"order\":" + i + ",\"customer\":{\"id\":9007199254740993,\"name\":\"Ada\"},\"lines\":[1,2]}";
                var record = new ProducerRecord<>("orders", 0, FIRST_TIME + i * 1000L, "customer-" + i, value);
                record.headers().add("trace", ("trace-" + i).getBytes(UTF_8));
                sent.add(producer.send(record));
                sent.add(producer.send(new ProducerRecord<>("orders", 1, FIRST_TIME, "other-" + i, "plain " + i)));
            }
            var record = new ProducerRecord<>("evil", 0, FIRST_TIME, EVIL, EVIL);
            record.headers().add(EVIL, EVIL.getBytes(UTF_8));
            sent.add(producer.send(record));
            for (Future<?> each : sent) each.get();
        }
    }

    private static void read(String group) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                NODE.bootstrap(),
                "group.id",
                group,
                "client.id",
                EVIL,
                "auto.offset.reset",
                "earliest",
                "max.poll.records",
                "20");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            while (consumer.poll(Duration.ofMillis(200)).isEmpty()) {}
            consumer.commitSync();
        }
    }

    @AfterAll
    static void stop() {
        if (browser != null) browser.close();
        NODE.close();
    }

    @BeforeEach
    void look() {
        browser.size(1280, 800);
        browser.scheme("light");
        browser.open(url("/"));
        browser.complaints();
    }

    @AfterEach
    void nothingRanThatShouldNot() {
        assertThat(browser.script("return window.stolen ?? 'nothing'")).isEqualTo("nothing");
        assertThat(browser.asked()).allSatisfy(each -> assertThat(each).isIn(NODES));
    }

    private static String url(String place) {
        return url(NODE, place);
    }

    private static String url(DwalProcess node, String place) {
        return "http://" + node.http() + "/ui/#" + place;
    }

    // ---- with eyes

    private static Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("cluster", "/");
        pages.put("topics", "/topics");
        pages.put("topic", "/topics/orders");
        pages.put("messages", "/topics/orders/messages?p=0");
        pages.put("messages-empty", "/topics/empty/messages");
        pages.put("topic-config", "/topics/orders/config");
        pages.put("groups", "/groups");
        pages.put("group", "/groups/billing");
        pages.put("slow", "/slow");
        pages.put("config", "/config");
        return pages;
    }

    @Test
    @Order(1)
    void everyPageStandsOnABigScreenAndOnAPhoneInDarkAndLight() {
        for (String scheme : List.of("light", "dark")) {
            browser.scheme(scheme);
            for (int width : List.of(1280, 360)) {
                browser.size(width, width == 360 ? 740 : 800);
                pages().forEach((name, place) -> {
                    browser.open(url(place));
                    if (name.equals("messages")) browser.click(".record > button");
                    browser.screenshot(name + "-" + scheme + "-" + width);
                    assertThat((long) browser.script("return document.documentElement.scrollWidth"))
                            .as("%s at %d pixels is not wider than the screen", name, width)
                            .isLessThanOrEqualTo(width);
                    assertThat(browser.all("main .state.error")).as(name).isEmpty();
                    assertThat(browser.complaints()).as(name).isEmpty();
                });
            }
            assertThat(browser.script("return getComputedStyle(document.body).backgroundColor"))
                    .isEqualTo(scheme.equals("dark") ? "rgb(13, 16, 21)" : "rgb(246, 247, 249)");
        }
    }

    @Test
    void pagesTellWhatIsThere() {
        browser.open(url("/topics"));
        browser.awaitText("orders");
        browser.await("the counts", () -> browser.text("tbody").contains("400"));
        browser.open(url("/topics/orders"));
        assertThat(browser.all(".layout .place.leader")).hasSize(3);
        browser.open(url("/topics/orders/config"));
        assertThat(browser.text(".configs")).contains("retention.ms", "-1", "set for this topic");
        browser.open(url("/groups/billing"));
        browser.awaitText("380");
        browser.open(url("/config"));
        browser.type("input[type=search]", "dwal.console");
        browser.await("two settings", () -> browser.all(".config").size() == 2);
        assertThat(browser.text(".config.set")).contains("dwal.console.write", "true");
    }

    // ---- messages

    @Test
    void aRecordIsFoundByItsOffset() {
        browser.open(url("/topics/orders/messages?p=0"));
        browser.clickButton("Offset");
        browser.type("input[name=at]", "42");
        browser.press(Keys.ENTER);

        browser.await("the record", () -> browser.text(".record").startsWith("42"));
        browser.click(".record > button");
        String detail = browser.text(".record .detail");
        assertThat(detail).contains("trace", "trace-42", "customer-42");
        assertThat(detail).contains("\"order\": 42,").contains("\"id\": 9007199254740993");
        browser.clickButton("Hex");
        browser.await("bytes", () -> browser.text(".record .detail").contains("63 75 73 74 6f 6d 65 72"));
    }

    @Test
    void aRecordIsFoundByItsTime() {
        browser.open(url("/topics/orders/messages?p=0&from=time&at=" + (FIRST_TIME + 150_000)));

        browser.await("the record", () -> browser.text(".record").startsWith("150"));
        browser.clickButton("Older");
        browser.await("those before", () -> browser.text(".record").startsWith("100"));
    }

    @Test
    void aRecordIsFoundByItsKey() {
        browser.open(url("/topics/orders/messages"));
        browser.type("input[name=find]", "CUSTOMER-77");
        browser.press(Keys.ENTER);

        browser.awaitText("1 record found in 400 looked at");
        assertThat(browser.text(".record")).contains("customer-77");
    }

    @Test
    void anOffsetThatIsNotThereIsExplained() {
        browser.open(url("/topics/orders/messages?p=0&from=offset&at=5000"));

        browser.awaitText("This partition has the offsets 0 to 199.");
        browser.clickButton("Newest");
        browser.await("the newest", () -> browser.text(".record").startsWith("199"));
    }

    @Test
    void aRecordThatAKafkaClientWritesAppearsLive() throws Exception {
        browser.open(url("/topics/empty/messages"));
        browser.clickButton("Live");
        browser.await("the stream", () -> browser.text(".told").contains("live"));
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            producer.send(new ProducerRecord<>("empty", 0, "fresh", "just written"))
                    .get();
        }

        browser.awaitText("1 record since you came");
        assertThat(browser.text(".record")).contains("fresh", "just written");
        browser.screenshot("live");
    }

    @Test
    void whatStandsInRecordsStaysText() {
        browser.open(url("/topics/evil/messages"));
        browser.click(".record > button");
        browser.await("the headers", () -> browser.text(".headers").contains(EVIL));
        assertThat(browser.text(".record > button .key")).isEqualTo(EVIL);
        for (String way : List.of("Text", "Hex")) browser.clickButton(way);
        browser.open(url("/groups"));
        browser.awaitText(EVIL);
        browser.click("tbody tr:first-child a");
        browser.await("its page", () -> browser.text("h1").equals(EVIL));
        browser.open(url("/"));
        browser.awaitText(EVIL);
        assertThat(browser.all("main img, main script, main iframe")).isEmpty();
    }

    @Test
    void aTestMessageIsProduced() {
        browser.open(url("/topics/scratch/messages?p=2"));
        browser.clickButton("Produce");
        browser.type("dialog input[name=key]", "from the console");
        browser.type("dialog textarea[name=value]", "a value");
        browser.type("dialog textarea[name=headers]", "one: 1");
        browser.script("document.querySelector('dialog[open] select').value = '2'");
        browser.screenshot("produce");
        browser.click("dialog button[type=submit]");

        browser.await("the answer", () -> browser.text("#toasts").contains("Stored in partition 2 at offset 0"));
        browser.await("the record", () -> browser.text(".record").contains("from the console"));
        try (var consumer = clients.consumer(Map.of())) {
            var partition = new org.apache.kafka.common.TopicPartition("scratch", 2);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, String>> records = new ArrayList<>();
            while (records.isEmpty()) consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            assertThat(records.get(0).key()).isEqualTo("from the console");
            assertThat(records.get(0).value()).isEqualTo("a value");
            assertThat(new String(records.get(0).headers().lastHeader("one").value(), UTF_8))
                    .isEqualTo("1");
        }
    }

    @Test
    void aRequestThatWaitedForAQuotaShowsThatInAColourOfItsOwn() throws Exception {
        var greedy = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, "greedy"));
        try (Admin admin = clients.admin();
                Producer<String, String> producer = clients.producer(Map.of("client.id", "greedy"))) {
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(
                            greedy, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1_000.0)))))
                    .all()
                    .get();
            browser.await("the quota to hold", () -> {
                producer.send(new ProducerRecord<>("scratch", 0, "k", "x".repeat(5_000)))
                        .get();
                browser.open(url("/slow"));
                return browser.text(".legend").contains("throttle");
            });
        }
        browser.screenshot("slow-throttled");
        List<String> colours = browser.all(".legend i.stage").stream()
                .map(each -> each.getCssValue("background-color"))
                .toList();
        assertThat(colours).hasSizeGreaterThan(2).doesNotHaveDuplicates();
    }

    @Test
    void byDefaultTheConsoleOnlyReadsAndThereMayBeNothingToRead() {
        try (var node = new DwalProcess(Map.of())) {
            node.start();
            NODES.add("http://" + node.http());
            browser.open("http://" + node.http() + "/ui");
            assertThat(browser.script("return location.href")).isEqualTo("http://" + node.http() + "/ui/");
            browser.open(url(node, "/topics"));
            browser.awaitText("There are no topics yet");
            browser.screenshot("no-topics");
            browser.open(url(node, "/groups"));
            browser.awaitText("There are no groups");
            String quiet = new Clients(node).topic("quiet", 1);
            browser.open(url(node, "/topics/" + quiet + "/messages"));
            browser.awaitText("No records here yet");
            assertThat(browser.text()).contains("Live").doesNotContain("Produce");
        }
    }

    // ---- with a keyboard

    @Test
    void everythingIsReachedByKeyboardAndOneSeesWhere() {
        browser.open(url("/topics"));
        browser.reload();
        browser.tab();
        assertThat(focused()).isEqualTo("Skip to the content");
        browser.press(Keys.ENTER);
        assertThat(browser.script("return document.activeElement.id")).isEqualTo("main");

        browser.reload();
        List<String> stops = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            browser.tab();
            String stop = focused();
            if (stop.isEmpty()) break;
            assertThat(browser.script("const style = getComputedStyle(document.activeElement);"
                            + "return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"))
                    .as("one sees that %s has the focus", stop)
                    .isEqualTo(true);
            stops.add(stop);
        }
        assertThat(stops)
                .containsSubsequence(
                        "Cluster", "Topics", "Groups", "Keyboard shortcuts", "Find a topic", "empty", "orders");

        browser.press("gg");
        browser.await("groups", () -> browser.text("h1").equals("Groups"));
        browser.press("gt");
        browser.await(
                "topics",
                () -> browser.text("h1").equals("Topics")
                        && !browser.all("tbody a").isEmpty());
        browser.press("jj");
        String row = focused();
        browser.press(Keys.ENTER);
        browser.await("its page", () -> browser.text("h1").equals(row));
        assertThat(focused()).as("the new page's heading is told").isEqualTo(row);
    }

    /** What has the focus: what it says, or its name; nothing at the end of the page. */
    private static String focused() {
        return String.valueOf(browser.script("const at = document.activeElement;"
                + "return at === document.body ? ''"
                + " : (at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText).trim()"));
    }

    @Test
    void shortcutsAreTold() {
        browser.press("?");
        browser.await("the dialog", () -> browser.text("dialog[open]").contains("Keyboard shortcuts"));
        browser.screenshot("shortcuts");
        browser.press(Keys.ESCAPE);
        browser.await("no dialog", () -> browser.all("dialog[open]").isEmpty());
        browser.press("gt");
        // Other pages have rows, too.
        browser.await(
                "topics",
                () -> browser.text("main h1").equals("Topics")
                        && browser.all("tbody a").size() > 1
                        && !browser.all("[data-filter]").isEmpty());
        browser.press("/");
        browser.press("evil");
        browser.await("one topic", () -> browser.all("tbody tr").size() == 1);
        browser.press("xx");
        browser.awaitText("No topic has that in its name");
    }

    @Test
    void coloursThatWereChosenStay() {
        browser.press("dd");
        assertThat(background()).isEqualTo("rgb(13, 16, 21)");
        browser.reload();
        assertThat(background()).isEqualTo("rgb(13, 16, 21)");
        browser.press("d");
        assertThat(background()).isEqualTo("rgb(246, 247, 249)");
    }

    private static Object background() {
        return browser.script("return getComputedStyle(document.body).backgroundColor");
    }

    // ---- when there is nothing to see

    @Test
    void aTopicThatIsNotThereIsTold() {
        browser.open(url("/topics/nowhere"));

        browser.awaitText("This is not there");
        assertThat(browser.text()).contains("UNKNOWN_TOPIC_OR_PARTITION");
        browser.open(url("/nowhere"));
        browser.awaitText("There is no such page");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aNodeThatDoesNotAnswerIsTold() {
        browser.open(url("/topics"));
        browser.await("the topics", () -> browser.text("tbody").contains("400"));
        NODE.stop();

        browser.await("the banner", () -> browser.text("#banner").contains("The node does not answer"));
        assertThat(browser.text()).as("what was known stays").contains("orders");
        browser.screenshot("stopped");
        browser.press("gg");
        browser.await("the page", () -> browser.text(".state.error").contains("The node does not answer"));
        browser.screenshot("unreachable");
    }
}
