package dwal.protocol;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * Which APIs there are, in which versions, and who answers them: the one source for dispatch, for the ApiVersions answer
 * and for the table in the README. What is not in here is not advertised.
 *
 * <p>Immutable once built; any thread.
 */
public final class ApiTable {

    /** One API: its lowest and highest version (both inclusive) and its handler. */
    public record Entry(ApiKeys key, short lowest, short highest, Handler<?> handler) {
        /** Whether {@code version} is one that we answer. */
        public boolean has(short version) {
            return version >= lowest && version <= highest;
        }

        /** Lets the handler answer {@code request}, which is one of this API. What it throws is what the stage fails with. */
        @SuppressWarnings("unchecked") // Builder.add has seen to it that handler and request agree
        public CompletionStage<? extends ApiMessage> handle(RequestContext context, ApiMessage request) {
            try {
                return ((Handler<ApiMessage>) handler).handle(context, request);
            } catch (RuntimeException | Error e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }

    private final ListenerType listener;
    private final Map<ApiKeys, Entry> entries;

    private ApiTable(ListenerType listener, Map<ApiKeys, Entry> entries) {
        this.listener = listener;
        this.entries = entries;
    }

    /** The kind of listener that this table is for. */
    public ListenerType listener() {
        return listener;
    }

    /** The entry of {@code key}, or null if that API is not there. */
    public @Nullable Entry entry(ApiKeys key) {
        return entries.get(key);
    }

    /** All APIs, by ascending key. */
    public Collection<Entry> entries() {
        return entries.values();
    }

    /** Changes a handler. */
    @FunctionalInterface
    public interface Change {
        /** What answers {@code key} instead of {@code handler}. */
        <Q extends ApiMessage> Handler<Q> of(ApiKeys key, Handler<Q> handler);
    }

    /** The same APIs in the same versions, answered by what {@code change} makes of their handlers. */
    public ApiTable with(Change change) {
        Map<ApiKeys, Entry> changed = new EnumMap<>(ApiKeys.class);
        entries.forEach((key, entry) ->
                changed.put(key, new Entry(key, entry.lowest, entry.highest, change.of(key, entry.handler))));
        return new ApiTable(listener, changed);
    }

    /** A table to fill, for a broker's listener. */
    public static Builder builder() {
        return builder(ListenerType.BROKER);
    }

    /** A table to fill, for a listener of that kind. */
    public static Builder builder(ListenerType listener) {
        return new Builder(listener);
    }

    /** Collects handlers; each API once. */
    public static final class Builder {
        private final ListenerType listener;
        private final Map<ApiKeys, Entry> entries = new EnumMap<>(ApiKeys.class);

        private Builder(ListenerType listener) {
            this.listener = listener;
        }

        /**
         * Adds {@code handler} for {@code key}, in exactly the versions that this release of Kafka answers on such a
         * listener.
         *
         * @param request the generated class of the request: makes the compiler check that handler and request agree
         */
        public <Q extends ApiMessage> Builder add(ApiKeys key, Class<Q> request, Handler<? super Q> handler) {
            if (!key.messageType.newRequest().getClass().equals(request)) {
                throw new IllegalArgumentException(key + " does not take " + request.getSimpleName());
            }
            if (!key.inScope(listener)) {
                throw new IllegalArgumentException(key + " is not for a listener of kind " + listener);
            }
            var entry = new Entry(key, key.oldestVersion(), key.latestVersion(false), handler);
            if (entries.put(key, entry) != null) {
                throw new IllegalArgumentException(key + " has a handler already");
            }
            return this;
        }

        /** The finished table. */
        public ApiTable build() {
            return new ApiTable(listener, new EnumMap<>(entries));
        }
    }
}
