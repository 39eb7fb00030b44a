@org.jspecify.annotations.NullMarked
package dwal.server.metrics;
