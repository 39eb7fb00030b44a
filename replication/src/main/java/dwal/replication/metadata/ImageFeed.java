package dwal.replication.metadata;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.loader.LoaderManifest;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.apache.kafka.raft.LeaderAndEpoch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest metadata image, and who is told of each.
 *
 * <p>Everything is told on the loader's thread, in this order: subscribers, then the image becomes visible to all, then
 * those that wait for something in it. So whoever sees a partition in {@link #image} finds it ready in the parts that
 * subscribed, and whoever was told that a topic is there sees it in the image.
 */
final class ImageFeed implements MetadataPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(ImageFeed.class);

    private record Waiter(Predicate<MetadataImage> condition, CompletableFuture<MetadataImage> future) {}

    private final List<ClusterMetadata.Subscriber> subscribers = new ArrayList<>();
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final Runnable onPublished;
    private final Runnable onLeaderChange;
    private volatile MetadataImage image = MetadataImage.EMPTY;

    /**
     * @param onPublished called after each image, on the loader's thread
     * @param onLeaderChange called there when the metadata quorum has another leader, or none
     */
    ImageFeed(Runnable onPublished, Runnable onLeaderChange) {
        this.onPublished = onPublished;
        this.onLeaderChange = onLeaderChange;
    }

    /** Adds a subscriber; only before the first image. */
    void subscribe(ClusterMetadata.Subscriber subscriber) {
        subscribers.add(subscriber);
    }

    MetadataImage image() {
        return image;
    }

    /** Completes when an image meets {@code condition}; at once if the present one does. */
    CompletableFuture<MetadataImage> await(Predicate<MetadataImage> condition) {
        var future = new CompletableFuture<MetadataImage>();
        MetadataImage now = image;
        if (condition.test(now)) {
            future.complete(now);
            return future;
        }
        var waiter = new Waiter(condition, future);
        waiters.add(waiter);
        // The image may have changed in between, and the waiter may have come too late for that.
        MetadataImage later = image;
        if (condition.test(later)) {
            future.complete(later);
        }
        var unused = future.whenComplete((value, error) -> waiters.remove(waiter));
        return future;
    }

    @Override
    public String name() {
        return "ImageFeed";
    }

    @Override
    public void onControllerChange(LeaderAndEpoch leader) {
        onLeaderChange.run();
    }

    @Override
    public void onMetadataUpdate(MetadataDelta delta, MetadataImage next, LoaderManifest manifest) {
        for (ClusterMetadata.Subscriber subscriber : subscribers) {
            try {
                subscriber.onImage(delta, next);
            } catch (RuntimeException | AssertionError e) {
                LOG.error("{} could not take over the metadata up to offset {}", subscriber, next.offset(), e);
            }
        }
        image = next;
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (waiter.condition().test(next)) {
                waiter.future().complete(next);
            }
        }
        onPublished.run();
    }

    @Override
    public void close() {}
}
