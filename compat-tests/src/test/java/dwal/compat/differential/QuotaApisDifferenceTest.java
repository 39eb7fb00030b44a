package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.ALTER_CLIENT_QUOTAS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CLIENT_QUOTAS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.AlterClientQuotasRequestData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData.EntityData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData.EntryData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData.OpData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData.ComponentData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData.UserName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Quotas of clients: setting them, and what is refused. */
@ExtendWith(Comparison.Extension.class)
class QuotaApisDifferenceTest {
    private static final byte EXACT = 0;
    private static final byte DEFAULT = 1;
    private static final byte ANY = 2;

    private final Comparison comparison;
    private final TestInfo test;

    QuotaApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
    }

    private static Comparison.Request alteration(String key, double value, boolean validateOnly, String... entity) {
        return (side, version) -> {
            List<EntityData> parts = new ArrayList<>();
            for (int i = 0; i < entity.length; i += 2) {
                parts.add(new EntityData().setEntityType(entity[i]).setEntityName(entity[i + 1]));
            }
            var op = new OpData().setKey(key).setValue(value).setRemove(value < 0 && key.equals("producer_byte_rate"));
            return new AlterClientQuotasRequestData()
                    .setValidateOnly(validateOnly)
                    .setEntries(List.of(new EntryData().setEntity(parts).setOps(List.of(op))));
        };
    }

    private static Comparison.Request question(boolean strict, String type, byte match, String name) {
        return (side, version) -> new DescribeClientQuotasRequestData()
                .setStrict(strict)
                .setComponents(List.of(new ComponentData()
                        .setEntityType(type)
                        .setMatchType(match)
                        .setMatch(name)));
    }

    @Test
    void alterationsAreAnsweredAlike() {
        comparison.each(
                "one client", ALTER_CLIENT_QUOTAS, alteration("producer_byte_rate", 1024, false, "client-id", "shop"));
        comparison.each(
                "default user", ALTER_CLIENT_QUOTAS, alteration("request_percentage", 12.5, true, "user", null));
        comparison.each(
                "user and client",
                ALTER_CLIENT_QUOTAS,
                alteration("controller_mutation_rate", 3, true, "user", "u", "client-id", "c"));
        comparison.each(
                "unknown key", ALTER_CLIENT_QUOTAS, alteration("bytes_per_fortnight", 1, false, "client-id", "shop"));
        comparison.each(
                "a fraction of a byte",
                ALTER_CLIENT_QUOTAS,
                alteration("consumer_byte_rate", 1.5, true, "client-id", "shop"));
        comparison.each("nothing allowed", ALTER_CLIENT_QUOTAS, alteration("consumer_byte_rate", 0, true, "user", "u"));
        comparison.each(
                "a negative rate", ALTER_CLIENT_QUOTAS, alteration("consumer_byte_rate", -1, true, "user", "u"));
        comparison.each("unknown type", ALTER_CLIENT_QUOTAS, alteration("consumer_byte_rate", 1, true, "planet", "e"));
        comparison.each("no entity", ALTER_CLIENT_QUOTAS, alteration("consumer_byte_rate", 1, true));
        comparison.each(
                "a key of addresses",
                ALTER_CLIENT_QUOTAS,
                alteration("connection_creation_rate", 1, true, "client-id", "shop"));
        comparison.each(
                "taken away", ALTER_CLIENT_QUOTAS, alteration("producer_byte_rate", -1, false, "client-id", "shop"));
        comparison.each(
                "taken away again",
                ALTER_CLIENT_QUOTAS,
                alteration("producer_byte_rate", -1, false, "client-id", "shop"));
        comparison.verdict(test.getDisplayName());
    }

    private static Comparison.Request credentials(String... users) {
        return (side, version) -> new DescribeUserScramCredentialsRequestData()
                .setUsers(Stream.of(users)
                        .map(user -> new UserName().setName(user))
                        .toList());
    }

    /** Kafka's tools ask for them beside quotas. */
    @Test
    void questionsAboutCredentialsThatNobodyHasAreAnsweredAlike() {
        comparison.each(
                "of everybody",
                DESCRIBE_USER_SCRAM_CREDENTIALS,
                (side, version) -> new DescribeUserScramCredentialsRequestData().setUsers(null));
        comparison.each("of everybody, too", DESCRIBE_USER_SCRAM_CREDENTIALS, credentials());
        comparison.each("of one", DESCRIBE_USER_SCRAM_CREDENTIALS, credentials("ann"));
        comparison.each("of one twice", DESCRIBE_USER_SCRAM_CREDENTIALS, credentials("ann", "bob", "ann"));
        comparison.each("of no name", DESCRIBE_USER_SCRAM_CREDENTIALS, credentials(""));
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void questionsAreAnsweredAlike() {
        comparison.each("none of this name", DESCRIBE_CLIENT_QUOTAS, question(false, "client-id", EXACT, "nobody"));
        comparison.each("no default", DESCRIBE_CLIENT_QUOTAS, question(true, "user", DEFAULT, null));
        comparison.each("any address", DESCRIBE_CLIENT_QUOTAS, question(false, "ip", ANY, null));
        comparison.each("unknown type", DESCRIBE_CLIENT_QUOTAS, question(false, "planet", EXACT, "earth"));
        comparison.each("no type", DESCRIBE_CLIENT_QUOTAS, question(false, "", EXACT, "earth"));
        comparison.each("no name", DESCRIBE_CLIENT_QUOTAS, question(false, "user", EXACT, null));
        comparison.each("a name for any", DESCRIBE_CLIENT_QUOTAS, question(false, "user", ANY, "u"));
        comparison.each("unknown match", DESCRIBE_CLIENT_QUOTAS, question(false, "user", (byte) 9, null));
        comparison.each(
                "twice the same type",
                DESCRIBE_CLIENT_QUOTAS,
                (side, version) -> new DescribeClientQuotasRequestData()
                        .setComponents(List.of(
                                new ComponentData().setEntityType("user").setMatchType(ANY),
                                new ComponentData().setEntityType("user").setMatchType(ANY))));
        comparison.each(
                "address and user",
                DESCRIBE_CLIENT_QUOTAS,
                (side, version) -> new DescribeClientQuotasRequestData()
                        .setComponents(List.of(
                                new ComponentData().setEntityType("ip").setMatchType(ANY),
                                new ComponentData().setEntityType("user").setMatchType(ANY))));
        comparison.verdict(test.getDisplayName());
    }
}
