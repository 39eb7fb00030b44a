package dwal.compat.console;

import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a screen, looked at by one test thread. It can reach this machine's loopback address only. */
public final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Path.of(System.getProperty("compat.directory", "target"), "screenshots");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern REQUESTED = Pattern.compile("\"url\":\"((?:https?|wss?|ftp)://[^\"/]+)");

    private final ChromeDriver driver;
    private final Path profile;
    private final Set<String> asked = new TreeSet<>();

    public Browser() {
        Requirement.that(
                Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
                "no Chromium here (Debian: chromium, chromium-driver)");
        try {
            profile = Files.createTempDirectory("chromium");
            Files.createDirectories(SCREENSHOTS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .build();
        driver = new ChromeDriver(service, options());
    }

    private ChromeOptions options() {
        var options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--force-color-profile=srgb",
                "--lang=en",
                "--user-data-dir=" + profile,
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost");
        var logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        return options;
    }

    // ---- what it looks like

    /** Sets the window's inner size. */
    public void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    /** Makes the system's colours "dark" or "light". */
    public void scheme(String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    public void screenshot(String name) {
        File taken = driver.getScreenshotAs(OutputType.FILE);
        try {
            Files.move(
                    taken.toPath(),
                    SCREENSHOTS.resolve(name + ".png"),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what one does with it

    /** Goes to an address, and waits until the page has what it shows. */
    public void open(String address) {
        driver.get(address);
        loaded();
    }

    /** Waits until the page has what it shows. */
    public void loaded() {
        await(
                "the page to be loaded",
                () -> !all("main h1").isEmpty() && all("main .waiting").isEmpty());
    }

    public void reload() {
        driver.navigate().refresh();
        loaded();
    }

    public void press(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
    }

    public void tab() {
        press(Keys.TAB);
    }

    public void click(String selector) {
        one(selector).click();
    }

    /** Clicks the button of the main part that says {@code text}. */
    public void clickButton(String text) {
        await("a button " + text, () -> all("main button").stream().anyMatch(each -> says(each, text)));
        all("main button").stream()
                .filter(each -> says(each, text))
                .findFirst()
                .orElseThrow()
                .click();
    }

    private static boolean says(WebElement element, String text) {
        return element.getText().strip().equals(text);
    }

    public void type(String selector, CharSequence text) {
        WebElement field = one(selector);
        field.clear();
        field.sendKeys(text);
    }

    // ---- what one sees

    public List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    public WebElement one(String selector) {
        return Await.value(selector, PATIENCE, () -> all(selector).stream().findFirst());
    }

    /** All visible text of the page's main part. */
    public String text() {
        return text("main");
    }

    public String text(String selector) {
        return Objects.requireNonNullElse(
                (String) script("return document.querySelector(arguments[0])?.innerText", selector), "");
    }

    public Object script(String script, Object... arguments) {
        return Optional.ofNullable(driver.executeScript(script, arguments)).orElse("null");
    }

    public void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        try {
            Await.until(what, PATIENCE, condition);
        } catch (AssertionError e) {
            screenshot("failed");
            throw new AssertionError(e.getMessage() + "; the page says:\n" + text("body"), e);
        }
    }

    public void awaitText(String text) {
        await("the text " + text, () -> text().contains(text));
    }

    /** What the page has complained about since this was last asked. */
    public List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(each -> each.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** All places, as scheme://host:port, that the browser has asked for anything, ever. */
    public Set<String> asked() {
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            if (entry.getMessage().contains("Network.requestWillBeSent")) {
                Matcher url = REQUESTED.matcher(entry.getMessage());
                while (url.find()) asked.add(url.group(1));
            }
        }
        return asked;
    }

    @Override
    public void close() {
        driver.quit();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        } catch (IOException e) {
            // The browser's processes may still tidy up there; the system's folder for such files is cleared anyway.
            System.out.println("left behind: " + profile + " (" + e.getMessage() + ")");
        }
    }
}
