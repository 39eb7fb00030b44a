/** The gRPC listener. */
@NullMarked
package dwal.gateway.grpc;

import org.jspecify.annotations.NullMarked;
