package dwal.protocol;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * An answer that is ready to be encoded.
 *
 * @param apiKey the API that is answered
 * @param version the version in which {@code body} is written
 * @param correlationId as in the request
 */
public record Response(ApiKeys apiKey, short version, int correlationId, ApiMessage body) {}
