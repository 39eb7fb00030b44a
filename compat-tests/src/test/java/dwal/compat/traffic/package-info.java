/** Clients that go on whatever happens to the server, and write down what they are told. */
@NullMarked
package dwal.compat.traffic;

import org.jspecify.annotations.NullMarked;
