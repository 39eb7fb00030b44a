package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;

class MembershipConditionsTest {
    private static final int NODE = 11;
    private static final ApiMessage LATEST =
            feature("metadata.version", MetadataVersion.latestProduction().featureLevel());

    private final MembershipConditions conditions = new MembershipConditions(NODE, false);

    @Test
    void aClusterThatAsksForNothingThatIsMissingIsJoined() {
        MetadataImage image = image(
                LATEST,
                feature("group.version", 1),
                feature("transaction.version", 2),
                feature("eligible.leader.replicas.version", 1),
                new TopicRecord().setName("t").setTopicId(Uuid.randomUuid()),
                config("t", "retention.ms", "1"));
        assertThat(conditions.unmet(image)).isEmpty();
        assertThatCode(() -> conditions.check(image)).doesNotThrowAnyException();
    }

    @Test
    void groupsThatAreNotServedAreRefusedAndTheMessageTellsTheCommand() {
        MetadataImage image = image(LATEST, feature("share.version", 1), feature("streams.version", 1));
        assertThatThrownBy(() -> conditions.check(image))
                .isInstanceOf(MembershipException.class)
                .hasMessageContaining("does not register")
                .hasMessageContaining("kafka-features downgrade --feature share.version=0")
                .hasMessageContaining("kafka-features downgrade --feature streams.version=0");
    }

    @Test
    void aFeatureThatNobodyKnewIsRefused() {
        assertThat(conditions.unmet(image(LATEST, feature("later.version", 1))))
                .singleElement()
                .asString()
                .contains("later.version=1");
    }

    @Test
    void everyMetadataVersionThatKafkaStillHasIsServedAlsoThoseWithoutBrokerEpochsInFetches() {
        assertThat(conditions.unmet(image(feature("metadata.version", MetadataVersion.MINIMUM_VERSION.featureLevel()))))
                .isEmpty();
        assertThat(MembershipConditions.supportedFeatures()
                        .get(MetadataVersion.FEATURE_NAME)
                        .min())
                .isEqualTo(MetadataVersion.MINIMUM_VERSION.featureLevel());
    }

    @Test
    void aBrokerWithAnAuthorizerIsAMemberWhereThereAreAcls() {
        assertThat(new MembershipConditions(NODE, true).unmet(image(LATEST, acl())))
                .isEmpty();
    }

    @Test
    void transactionsTieredTopicsAndAccessControlAreRefused() {
        List<String> unmet = conditions.unmet(image(
                LATEST,
                new TopicRecord().setName("__transaction_state").setTopicId(Uuid.randomUuid()),
                config("tiered", "remote.storage.enable", "true"),
                config("not", "remote.storage.enable", "false"),
                acl()));
        assertThat(unmet).hasSize(3);
        assertThat(unmet.get(0)).contains("__transaction_state");
        assertThat(unmet.get(1)).contains("remote.storage.enable=true (tiered)");
        assertThat(unmet.get(2)).contains("access control");
    }

    @Test
    void aMemberThatIsThereAlreadyComesBackWhateverHasChanged() {
        var record = new RegisterBrokerRecord().setBrokerId(NODE).setBrokerEpoch(1);
        MetadataImage image = image(
                LATEST, record, new TopicRecord().setName("__transaction_state").setTopicId(Uuid.randomUuid()));
        assertThatCode(() -> conditions.check(image)).doesNotThrowAnyException();
    }

    private static MetadataImage image(ApiMessage... records) {
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        for (ApiMessage record : records) {
            delta.replay(record);
        }
        return delta.apply(new MetadataProvenance(1, 1, 1, true));
    }

    private static ApiMessage feature(String name, int level) {
        return new FeatureLevelRecord().setName(name).setFeatureLevel((short) level);
    }

    private static ApiMessage config(String topic, String key, String value) {
        return new ConfigRecord()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic)
                .setName(key)
                .setValue(value);
    }

    private static ApiMessage acl() {
        return new AccessControlEntryRecord()
                .setId(Uuid.randomUuid())
                .setResourceType(ResourceType.TOPIC.code())
                .setResourceName("t")
                .setPatternType(PatternType.LITERAL.code())
                .setPrincipal("User:a")
                .setHost("*")
                .setOperation(AclOperation.READ.code())
                .setPermissionType(AclPermissionType.ALLOW.code());
    }
}
