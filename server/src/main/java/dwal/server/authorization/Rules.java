package dwal.server.authorization;

import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;

/** The rules of one kind of listener: one for each API that it answers. Filled once, then any thread. */
final class Rules implements ApiTable.Change {
    private final Authorization may;
    private final Map<ApiKeys, Rule<?>> rules = new EnumMap<>(ApiKeys.class);

    /** @param may decides */
    Rules(Authorization may) {
        this.may = may;
    }

    <Q extends ApiMessage> Rules add(ApiKeys key, Class<Q> request, Rule<Q> rule) {
        if (!key.messageType.newRequest().getClass().equals(request)) {
            throw new IllegalArgumentException(key + " does not take " + request.getSimpleName());
        }
        put(key, rule);
        return this;
    }

    /** Whoever asks one of these may, as far as this listener is concerned. */
    Rules free(ApiKeys... keys) {
        for (ApiKeys key : keys) {
            put(key, (context, request, next) -> next.handle(context, request));
        }
        return this;
    }

    /** Who asks one of these must be allowed {@code operation} on the cluster. */
    Rules onCluster(AclOperation operation, ApiKeys... keys) {
        for (ApiKeys key : keys) {
            put(
                    key,
                    (context, request, next) -> may.allowsOnCluster(context, operation)
                            ? next.handle(context, request)
                            : CompletableFuture.failedFuture(new ClusterAuthorizationException(
                                    "Request " + key.name + " needs " + operation + " on the cluster")));
        }
        return this;
    }

    /** Who asks this must be allowed {@code operation} on the group that the request names. */
    <Q extends ApiMessage> Rules onGroup(
            AclOperation operation, ApiKeys key, Class<Q> request, Function<Q, String> group) {
        return add(
                key,
                request,
                (context, asked, next) -> may.allows(context, operation, ResourceType.GROUP, group.apply(asked))
                        ? next.handle(context, asked)
                        : refused(Errors.GROUP_AUTHORIZATION_FAILED));
    }

    private void put(ApiKeys key, Rule<?> rule) {
        if (rules.put(key, rule) != null) {
            throw new IllegalArgumentException(key + " has a rule already");
        }
    }

    /** {@code handler}, asked for no more than is allowed. Every API must have a rule: one without would be open to all. */
    @Override
    @SuppressWarnings("unchecked") // add has seen to it that rule and request agree
    public <Q extends ApiMessage> Handler<Q> of(ApiKeys key, Handler<Q> handler) {
        var rule = (Rule<Q>) rules.get(key);
        if (rule == null) {
            throw new AssertionError("nothing says who may ask " + key);
        }
        return (context, request) -> rule.handle(context, request, handler);
    }

    // ---- for rules

    /** The answer to a request that is refused as a whole. */
    static <A> CompletionStage<A> refused(Errors error) {
        return CompletableFuture.failedFuture(error.exception());
    }

    /** What {@code next} answers. */
    @SuppressWarnings("unchecked") // the answer of the API that was asked
    static <Q extends ApiMessage, A extends ApiMessage> CompletionStage<A> answer(
            RequestContext context, Q request, Handler<Q> next) {
        return (CompletionStage<A>) next.handle(context, request);
    }

    /** {@code some}, and what {@code change} makes of {@code more}. */
    static <T, U> List<T> and(List<T> some, List<U> more, Function<U, T> change) {
        if (more.isEmpty()) {
            return some;
        }
        List<T> all = new ArrayList<>(some);
        more.forEach(one -> all.add(change.apply(one)));
        return all;
    }

    /** Those of {@code all} that are {@code denied}; {@code keep} is told the others, if there are any such. */
    static <T> List<T> takeOut(List<T> all, Consumer<List<T>> keep, Predicate<T> denied) {
        List<T> kept = new ArrayList<>(all);
        List<T> out = takeOut(kept, denied);
        if (!out.isEmpty()) {
            keep.accept(kept);
        }
        return out;
    }

    /** Takes those out of {@code all} that are {@code denied}, and gives them. */
    static <T> List<T> takeOut(Collection<T> all, Predicate<T> denied) {
        List<T> out = List.of();
        for (Iterator<T> each = all.iterator(); each.hasNext(); ) {
            T one = each.next();
            if (denied.test(one)) {
                each.remove();
                if (out.isEmpty()) {
                    out = new ArrayList<>();
                }
                out.add(one);
            }
        }
        return out;
    }
}
