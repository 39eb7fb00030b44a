/** dwal nodes as brokers of a real Apache Kafka's cluster. */
@NullMarked
package dwal.compat.migration;

import org.jspecify.annotations.NullMarked;
