package dwal.replication;

import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * The brokers as the metadata image shows them that this was last told of. Any thread; {@link #update} comes from the
 * metadata thread, before partitions follow the same image.
 */
public final class ImageBrokers implements Brokers {
    private volatile MetadataImage image = MetadataImage.EMPTY;

    /** Takes what the cluster looks like now. */
    public void update(MetadataImage newer) {
        image = newer;
    }

    @Override
    public long epochOf(int brokerId) {
        BrokerRegistration broker = image.cluster().broker(brokerId);
        return broker == null ? NO_EPOCH : broker.epoch();
    }

    @Override
    public boolean isEligible(int brokerId) {
        BrokerRegistration broker = image.cluster().broker(brokerId);
        return broker != null && !broker.fenced() && !broker.inControlledShutdown();
    }
}
