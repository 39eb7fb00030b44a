/** Who may do what: Kafka's authorizer, and one table per kind of listener that says what each API demands. */
@NullMarked
package dwal.server.authorization;

import org.jspecify.annotations.NullMarked;
