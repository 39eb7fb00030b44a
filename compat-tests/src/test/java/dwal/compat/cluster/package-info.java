/** Several nodes in processes of their own, and what happens when one of them dies. */
@NullMarked
package dwal.compat.cluster;

import org.jspecify.annotations.NullMarked;
