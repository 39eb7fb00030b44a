/** Apache Kafka's Java clients. Compiled once, run with 4.3.1 and with the next version of the clients. */
@NullMarked
package dwal.compat.clients;

import org.jspecify.annotations.NullMarked;
