package dwal.server;

import dwal.replication.metadata.ClusterMetadata;
import dwal.server.handler.ApiVersionsHandler.ClusterFeatures;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.feature.SupportedVersionRange;
import org.apache.kafka.image.FeaturesImage;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/** The features that ApiVersions tells of, made anew only when the metadata's have changed. Any thread. */
final class KnownFeatures {
    private record Known(FeaturesImage image, ClusterFeatures features) {}

    private final ClusterMetadata metadata;
    private final Features<SupportedVersionRange> supported;
    private volatile @Nullable Known known;

    KnownFeatures(ClusterMetadata metadata) {
        this.metadata = metadata;
        Map<String, SupportedVersionRange> ranges = new HashMap<>();
        metadata.supportedFeatures()
                .forEach((name, range) -> ranges.put(name, new SupportedVersionRange(range.min(), range.max())));
        this.supported = Features.supportedFeatures(ranges);
    }

    @SuppressWarnings("ReferenceEquality") // an unchanged part of an image is the same object
    ClusterFeatures now() {
        MetadataImage image = metadata.image();
        Known last = known;
        if (last == null || last.image != image.features()) {
            last = new Known(image.features(), make(image));
            known = last;
        }
        return last.features;
    }

    private ClusterFeatures make(MetadataImage image) {
        Map<String, Short> finalized = new HashMap<>(image.features().finalizedVersions());
        image.features()
                .metadataVersion()
                .ifPresent(version -> finalized.put(MetadataVersion.FEATURE_NAME, version.featureLevel()));
        return new ClusterFeatures(
                supported, finalized, image.highestOffsetAndEpoch().offset());
    }
}
