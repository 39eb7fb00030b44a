/** How much clients may use of a node: Kafka's quotas, by Kafka's own reckoning. */
@NullMarked
package dwal.server.quota;

import org.jspecify.annotations.NullMarked;
