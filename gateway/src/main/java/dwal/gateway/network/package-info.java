/** What all doors keep to on their sockets. */
@NullMarked
package dwal.gateway.network;

import org.jspecify.annotations.NullMarked;
