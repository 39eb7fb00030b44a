/** Apache Kafka's own command-line tools. */
@NullMarked
package dwal.compat.tools;

import org.jspecify.annotations.NullMarked;
