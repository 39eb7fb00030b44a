/** The process as it is run: the command line, a node, and the doors for those who do not speak Kafka. */
@NullMarked
package dwal.gateway;

import org.jspecify.annotations.NullMarked;
