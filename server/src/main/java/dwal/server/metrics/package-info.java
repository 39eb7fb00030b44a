/** What a node tells those who operate it: figures for Prometheus, read when somebody asks. */
@NullMarked
package dwal.server.metrics;

import org.jspecify.annotations.NullMarked;
