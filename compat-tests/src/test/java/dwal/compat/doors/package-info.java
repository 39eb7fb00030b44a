/** The doors other than Kafka's, with clients that no one here wrote. */
@NullMarked
package dwal.compat.doors;

import org.jspecify.annotations.NullMarked;
