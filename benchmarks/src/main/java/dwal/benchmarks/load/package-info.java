/**
 * The load driver: runs the same workloads against several servers that speak Kafka's protocol, in one run, and tells what
 * each cost. It knows the servers by that protocol and by /proc alone, never by their code.
 */
@NullMarked
package dwal.benchmarks.load;

import org.jspecify.annotations.NullMarked;
