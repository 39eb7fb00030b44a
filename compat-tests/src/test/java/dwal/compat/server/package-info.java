/** The servers under test as processes of their own: dwal, and a real Kafka that proves the tests. */
@NullMarked
package dwal.compat.server;

import org.jspecify.annotations.NullMarked;
