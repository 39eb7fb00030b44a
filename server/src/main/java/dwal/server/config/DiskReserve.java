package dwal.server.config;

import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * The value of {@code dwal.disk.reserve}: a share of the file system, or a number of bytes.
 *
 * @param share between 0 and 1; 0 if {@code bytes} counts
 * @param bytes number of bytes; 0 if {@code share} counts
 */
public record DiskReserve(double share, long bytes) {

    /** What to keep free on a file system of {@code totalBytes}. */
    public long of(long totalBytes) {
        return bytes + (long) (share * totalBytes);
    }

    static DiskReserve parse(String text) {
        String value = text.trim();
        try {
            if (value.endsWith("%")) {
                double percent = Double.parseDouble(value.substring(0, value.length() - 1));
                if (percent >= 0 && percent < 100) {
                    return new DiskReserve(percent / 100, 0);
                }
            } else {
                long bytes = Long.parseLong(value);
                if (bytes >= 0) {
                    return new DiskReserve(0, bytes);
                }
            }
        } catch (NumberFormatException e) {
            // Told below, like any other value that makes no sense.
        }
        throw new ConfigException(
                DwalConfigs.DISK_RESERVE_CONFIG, text, "must be a share such as 1% (below 100%), or a number of bytes");
    }

    /** Checks a value when it is set. */
    static final class Validator implements ConfigDef.Validator {
        @Override
        public void ensureValid(String name, @Nullable Object value) {
            parse(String.valueOf(value));
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "a share such as 1%%, or a number of bytes");
        }
    }
}
