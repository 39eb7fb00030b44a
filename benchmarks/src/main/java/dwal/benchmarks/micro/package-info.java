/** JMH benchmarks of the small steps that the two paths are made of; run by {@code benchmarks/jmh}. */
@NullMarked
package dwal.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
