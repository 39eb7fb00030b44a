package dwal.gateway.log;

/**
 * Where records were appended.
 *
 * @param baseOffset of the first; the others follow it
 * @param logAppendTimeMs the timestamp of all of them if the topic has them stamped by the broker; else -1
 */
public record Appended(long baseOffset, long logAppendTimeMs) {}
