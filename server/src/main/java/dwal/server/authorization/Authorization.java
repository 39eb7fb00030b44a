package dwal.server.authorization;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import dwal.protocol.ApiTable;
import dwal.protocol.Asker;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Plugin;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.utils.SecurityUtils;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.security.authorizer.AclEntry;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may do what, by Kafka's own authorizer, with its decisions remembered until the ACLs change. Without an authorizer
 * everybody may do everything, and nothing is asked. Any thread; ACLs change on the thread that tells of new metadata.
 */
public final class Authorization {
    /** The name by which Kafka's users know it. */
    private static final Logger LOG = LoggerFactory.getLogger("kafka.authorizer.logger");

    /** Names come from clients, and what is remembered of them has a bound: this many, none longer than a topic's may be. */
    private static final int MOST_DECISIONS = 10_000;

    private static final int LONGEST_NAME = 249;

    static final String CLUSTER = Resource.CLUSTER_NAME;

    private final @Nullable StandardAuthorizer authorizer;
    private final @Nullable Plugin<Authorizer> plugin;
    private final LogLimit denials;
    private final Rules broker;
    private final Rules controller;
    private boolean loaded;
    /** Whole, so that what was decided by ACLs of before is forgotten with them. */
    private volatile Map<Decision, Boolean> decisions = new ConcurrentHashMap<>();

    private record Decision(
            KafkaPrincipal principal, InetAddress host, AclOperation operation, ResourceType resource, String name) {}

    private Authorization(
            @Nullable StandardAuthorizer authorizer,
            Supplier<MetadataImage> image,
            boolean createsTopics,
            Clock clock) {
        this.authorizer = authorizer;
        this.plugin = authorizer == null
                ? null
                : Plugin.wrapInstance(authorizer, new Metrics(), StandardAuthorizer.class.getName());
        this.denials = new LogLimit(clock);
        var topics = new Topics(image);
        this.broker = BrokerRules.of(this, topics, createsTopics);
        this.controller = ControllerRules.of(this, topics);
    }

    /** That of a node on which nobody is asked who he is. */
    public static Authorization none() {
        return new Authorization(null, () -> MetadataImage.EMPTY, false, Clock.system());
    }

    /**
     * That of Kafka's StandardAuthorizer, which lets in nobody but super users before the first {@link #apply}.
     *
     * @param configs its settings and the node's id
     * @param image what the cluster looks like now
     * @param createsTopics {@code auto.create.topics.enable}
     */
    public static Authorization standard(
            Map<String, ?> configs, Supplier<MetadataImage> image, boolean createsTopics, Clock clock) {
        var standard = new StandardAuthorizer();
        standard.configure(configs);
        return new Authorization(standard, image, createsTopics, clock);
    }

    /** Whether anything is checked at all. */
    public boolean isOn() {
        return authorizer != null;
    }

    /** Kafka's authorizer, for embedded parts that check for themselves. */
    public Optional<Plugin<Authorizer>> plugin() {
        return Optional.ofNullable(plugin);
    }

    /** Takes over the ACLs of {@code image}, if {@code delta} changes them. */
    public void apply(MetadataDelta delta, MetadataImage image) {
        StandardAuthorizer standard = authorizer;
        if (standard == null || (loaded && delta.aclsDelta() == null)) {
            return;
        }
        standard.loadSnapshot(image.acls().acls());
        if (!loaded) {
            loaded = true;
            standard.completeInitialLoad();
        }
        decisions = new ConcurrentHashMap<>();
    }

    /** The ACLs that match {@code filter}; only if it is on. */
    public Iterable<AclBinding> acls(AclBindingFilter filter) {
        return authorizer().acls(filter);
    }

    private StandardAuthorizer authorizer() {
        if (authorizer == null) {
            throw new AssertionError("there is no authorizer");
        }
        return authorizer;
    }

    // ---- handlers behind rules

    /** {@code apis}, each asked for no more than who asks may. */
    public ApiTable guard(ApiTable apis) {
        if (!isOn()) {
            return apis;
        }
        Rules rules = apis.listener() == ListenerType.CONTROLLER ? controller : broker;
        return apis.with(rules);
    }

    /** The same of one API that another broker answers to this node. */
    public <Q extends ApiMessage> Handler<Q> guard(ApiKeys key, Handler<Q> handler) {
        return isOn() ? broker.of(key, handler) : handler;
    }

    // ---- decisions

    /** Whether the client may read {@code topic}. */
    public boolean mayRead(RequestContext context, String topic) {
        return allows(context, AclOperation.READ, ResourceType.TOPIC, topic);
    }

    /** Whether the client may do {@code operation} on the cluster; if not, the log says so. */
    public boolean allowsOnCluster(RequestContext context, AclOperation operation) {
        return allows(context, operation, ResourceType.CLUSTER, CLUSTER);
    }

    /** Whether the client may do {@code operation} on a resource; if not, the log says so. */
    public boolean allows(RequestContext context, AclOperation operation, ResourceType resource, String name) {
        if (allowsQuietly(context, operation, resource, name)) {
            return true;
        }
        context.connection().denied(operation, pattern(resource, name));
        String unsaid = denials.admit();
        if (unsaid != null) {
            LOG.info(
                    "Principal = {} is Denied operation = {} from host = {} on resource = {}:LITERAL:{} for request = {}{}",
                    context.connection().principal(),
                    SecurityUtils.operationName(operation),
                    context.connection().address().getHostAddress(),
                    SecurityUtils.resourceTypeName(resource),
                    name,
                    context.apiKey().name,
                    unsaid);
        }
        return false;
    }

    /** The same when a refusal is no news: there is another way to be allowed, or a list that only gets shorter. */
    boolean allowsQuietly(RequestContext context, AclOperation operation, ResourceType resource, String name) {
        if (authorizer == null) {
            return true;
        }
        var connection = context.connection();
        var decision = new Decision(connection.principal(), connection.address(), operation, resource, name);
        Map<Decision, Boolean> known = decisions;
        Boolean before = known.get(decision);
        if (before != null) {
            return before;
        }
        boolean allowed = decide(context, List.of(action(operation, pattern(resource, name))))
                        .get(0)
                == AuthorizationResult.ALLOWED;
        if (name.length() <= LONGEST_NAME) {
            if (known.size() >= MOST_DECISIONS) {
                decisions = new ConcurrentHashMap<>();
            } else {
                known.put(decision, allowed);
            }
        }
        return allowed;
    }

    /** Whether the client may do {@code operation} on some resource of that type. */
    boolean allowsOnAny(RequestContext context, AclOperation operation, ResourceType resource) {
        return authorizer().authorizeByResourceType(new Asker(context), operation, resource)
                == AuthorizationResult.ALLOWED;
    }

    /** What the client may do to a resource, as a bit field of operations. */
    int operations(RequestContext context, ResourceType resource, String name) {
        return Utils.to32BitField(AclEntry.supportedOperations(resource).stream()
                .filter(operation -> allowsQuietly(context, operation, resource, name))
                .map(AclOperation::code)
                .collect(Collectors.toSet()));
    }

    private List<AuthorizationResult> decide(RequestContext context, List<Action> actions) {
        return authorizer().authorize(new Asker(context), actions);
    }

    /** It is told here what was denied, and not as often as clients like. */
    private static Action action(AclOperation operation, ResourcePattern resource) {
        return new Action(operation, resource, 1, false, false);
    }

    private static ResourcePattern pattern(ResourceType resource, String name) {
        return new ResourcePattern(resource, name, PatternType.LITERAL);
    }
}
