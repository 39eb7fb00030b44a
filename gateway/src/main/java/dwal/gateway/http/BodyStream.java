package dwal.gateway.http;

import java.nio.ByteBuffer;

/** The body of an answer that goes on. All calls come on the network loop of the connection. */
interface BodyStream {

    /** Where pieces go. To be called on the network loop only, for which {@link #run} is there. */
    interface Out {
        /** Whether the client takes what it is sent; who writes nevertheless holds memory. */
        boolean hasRoom();

        /** Sends a piece, whole; false, and not sent, if all connections hold too much already. */
        boolean write(ByteBuffer piece);

        /** There is no more. */
        void end();

        /** Runs {@code task} on the network loop; not at all if the network has stopped. */
        void run(Runnable task);

        /** The same, after {@code ms}. */
        void runAfter(long ms, Runnable task);
    }

    /** The head of the answer is on its way. */
    void begin(Out out);

    /** The client has taken what there was: there is room again. */
    void roomAgain();

    /**
     * Nobody takes any more: the client has gone, the node stops, or {@link Out#end} was called. Called once, and without a
     * {@link #begin} if the client had gone before.
     */
    void over();
}
