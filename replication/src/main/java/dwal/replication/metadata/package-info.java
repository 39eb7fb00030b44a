/**
 * What the cluster agrees on: KRaft (Kafka's consensus, controller and metadata images) embedded as a library, and this
 * node's membership in it. The only package that builds parts of KRaft.
 */
@NullMarked
package dwal.replication.metadata;

import org.jspecify.annotations.NullMarked;
