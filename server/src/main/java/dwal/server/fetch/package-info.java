/** Fetch: sessions (KIP-227), and requests that wait for something to read. */
@NullMarked
package dwal.server.fetch;

import org.jspecify.annotations.NullMarked;
