package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.gateway.log.Answer;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;

/** Configurations in JSON. No state. */
final class Configs {
    private Configs() {}

    /** All of a topic, or of a broker. */
    static HttpAnswer answer(Answer<List<DescribeConfigsResourceResult>> configs) {
        if (configs.isRefused()) {
            return Problems.of(configs);
        }
        List<DescribeConfigsResourceResult> sorted = configs.get().stream()
                .sorted(Comparator.comparing(DescribeConfigsResourceResult::name))
                .toList();
        return HttpAnswer.json(json -> JsonArrays.objects(json, "configs", sorted, Configs::write));
    }

    private static void write(JsonGenerator json, DescribeConfigsResourceResult config) throws IOException {
        ConfigEntry.ConfigSource source = source(config.configSource());
        json.writeStringField("name", config.name());
        json.writeStringField("value", config.value());
        json.writeStringField("source", source.name());
        json.writeBooleanField("isDefault", source == ConfigEntry.ConfigSource.DEFAULT_CONFIG);
        json.writeBooleanField("readOnly", config.readOnly());
        json.writeBooleanField("sensitive", config.isSensitive());
        json.writeStringField("type", ConfigType.forId(config.configType()).name());
        json.writeStringField("documentation", config.documentation());
        for (DescribeConfigsSynonym synonym : config.synonyms()) {
            if (source(synonym.source()) == ConfigEntry.ConfigSource.DEFAULT_CONFIG && !isOtherUnit(synonym)) {
                json.writeStringField("defaultValue", synonym.value());
                break;
            }
        }
    }

    /** The default of log.retention.hours is none of retention.ms. */
    private static boolean isOtherUnit(DescribeConfigsSynonym synonym) {
        return synonym.name().endsWith(".hours") || synonym.name().endsWith(".minutes");
    }

    private static ConfigEntry.ConfigSource source(byte id) {
        return ConfigSource.forId(id).source();
    }
}
