package dwal.server.cli;

import dwal.server.config.BrokerConfig;
import java.io.IOException;

/** What the command line needs of a running node. */
@SuppressWarnings("DoNotCallSuggester") // until there is a broker
interface Node {

    /** Where clients connect to: HOST:PORT. */
    String kafkaAddress();

    /** Its id in the cluster. */
    int nodeId();

    /** The cluster's id. */
    String clusterId();

    /** Stops it in order. */
    void close();

    /** Starts a node; returns when clients can be served. */
    static Node start(BrokerConfig config) throws IOException {
        throw new IOException("there is no broker in this build yet: node " + config.nodeId());
    }
}
