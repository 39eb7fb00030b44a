/**
 * Commands that talk to a cluster as any client of Kafka does, for people without Kafka's tools: they work against Kafka's own brokers, too.
 */
@NullMarked
package dwal.server.cli.client;

import org.jspecify.annotations.NullMarked;
