/** The same requests to a real Kafka and to the server under test: the answers must agree field by field. */
@NullMarked
package dwal.compat.differential;

import org.jspecify.annotations.NullMarked;
