/**
 * Many logs, one truth: the partitions that this node hosts, the role it plays in each, and the high watermark.
 */
@NullMarked
package dwal.replication;

import org.jspecify.annotations.NullMarked;
