package dwal.replication.metadata;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * Something to ask of the active controller, which may be in this process or in another. Asked again for as long as there
 * is time, so that it may take effect twice when a connection breaks; any thread.
 *
 * @param <A> what is answered
 */
public interface ControllerRequest<A> {

    /**
     * Requests of one kind have a connection of their own, in which they are answered one after the other: what may take
     * long does not hold up what must not.
     */
    enum Kind {
        /** That this node lives: registrations and heartbeats. */
        MEMBERSHIP,
        /** What this node wants for itself: changes of in-sync replicas, producer ids. */
        OWN_WORK,
        /** What a client has asked of this node. */
        FORWARDED
    }

    /** See {@link Kind}. */
    Kind kind();

    /** Asks the controller in this process; fails with {@link NotControllerException} if that is not the active one. */
    CompletableFuture<A> askHere();

    /** The same as a request over the network. */
    AbstractRequest.Builder<?> request();

    /**
     * Understands what a controller has answered over the network.
     *
     * @throws NotControllerException if it says that it is not the active one
     */
    A answer(AbstractResponse response);
}
