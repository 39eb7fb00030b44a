/** The node's one RocksDB: what is derived from the logs, and checkpoints of them. Nothing else touches RocksDB. */
@NullMarked
package dwal.log.index;

import org.jspecify.annotations.NullMarked;
