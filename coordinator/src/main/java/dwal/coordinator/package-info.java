/**
 * Groups: adapters round Kafka's embedded group state machines. The one package that touches them, so that an upgrade
 * is one diff; the rest of the node sees {@link dwal.coordinator.Groups}.
 */
@NullMarked
package dwal.coordinator;

import org.jspecify.annotations.NullMarked;
