/**
 * What can be configured, and the node's configuration itself: Kafka's keys, dwal's own keys, and how the two become the
 * settings of a topic's logs.
 */
@NullMarked
package dwal.server.config;

import org.jspecify.annotations.NullMarked;
