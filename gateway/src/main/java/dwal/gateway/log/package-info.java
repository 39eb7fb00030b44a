/** A log that is a partition, for doors: appends and reads by the same requests as Kafka's clients send. */
@NullMarked
package dwal.gateway.log;

import org.jspecify.annotations.NullMarked;
