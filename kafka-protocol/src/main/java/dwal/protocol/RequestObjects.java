package dwal.protocol;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of the heap the objects of all requests together take, by estimation, and who waits until there are fewer. Any
 * thread.
 *
 * <p>Requests of at most {@link RequestMemory#SMALL_BYTES} take no part, and none does with its first {@link #FREE_BYTES}: what is
 * large for its records only never waits. The rest is taken bit by bit while a request is decoded. One that finds no room
 * gives back what it has and stands in line; when its turn comes it is decoded anew, from its bytes. While anybody stands in line
 * nobody else begins to take. One that would need more than there is gets all, when nobody else has anything.
 */
public final class RequestObjects {
    /**
     * For how long who finds no room should stand in line: clients have given up by then, and those who hold the room may hold it for
     * long, since groups wait for their members.
     */
    public static final int MOST_WAIT_SECONDS = 30;

    /** What a large request may have without taking part. */
    private static final int FREE_BYTES = 256 * 1024;
    /** What is taken at a time. */
    private static final int CHUNK_BYTES = 256 * 1024;

    private static final long ENOUGH = Long.MAX_VALUE / 2;
    private static final Share UNBOUNDED = new RequestObjects(Long.MAX_VALUE).share(0);

    private final long limit;
    private final Share uncounted = new Share(false);
    private final ArrayDeque<Share> waiting = new ArrayDeque<>();
    private @Nullable Share turn;
    private long held;

    /** Room for objects of {@code limit} bytes in all. */
    public RequestObjects(long limit) {
        this.limit = limit;
    }

    /** For what takes no part. */
    public static Share unbounded() {
        return UNBOUNDED;
    }

    /** Bytes held now. */
    public synchronized long heldBytes() {
        return held;
    }

    /** The most that may be held. */
    public long limitBytes() {
        return limit;
    }

    /** What a request of so many bytes will hold: nothing yet. */
    public Share share(int frameBytes) {
        return frameBytes <= RequestMemory.SMALL_BYTES ? uncounted : new Share(true);
    }

    /** There is no room, because of others. */
    static final class NoRoom extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoRoom() {
            super("there is no room for its objects", null, false, false);
        }
    }

    /** What one request holds. Owned by the network loop of its connection. */
    public final class Share {
        private final boolean counted;
        private long drawn;
        /** Of how many bytes it has found that there is no room for them; 0 if there was. */
        private long lacked;

        private @Nullable Runnable wake;

        private Share(boolean counted) {
            this.counted = counted;
        }

        /** Begins decoding, with nothing but what is free. */
        long begin() {
            lacked = 0;
            return counted ? FREE_BYTES : ENOUGH;
        }

        /** Takes at least {@code bytes} more; gives how many, or throws {@link NoRoom}. */
        long draw(long bytes) {
            if (drawn == limit) {
                return ENOUGH;
            }
            long wanted = Math.min(Math.max(bytes, CHUNK_BYTES), limit - drawn);
            if (!take(this, wanted)) {
                lacked = drawn + wanted;
                throw new NoRoom();
            }
            drawn += wanted;
            return drawn == limit ? ENOUGH : wanted;
        }

        /** How many bytes more it could take now, those included that it has {@code left}. */
        long reach(long left) {
            long room = counted ? roomFor(this) : ENOUGH;
            return room == ENOUGH ? ENOUGH : left + room;
        }

        /** It was told that there is less room than it may have alone: if it fails, then maybe for that. */
        void curtailed() {
            lacked = Math.min(limit, drawn + roomFor(this) + CHUNK_BYTES);
        }

        /** It is too large even if nobody else had anything. */
        void tooLarge() {
            lacked = 0;
        }

        /** Whether decoding failed, or may have failed, because of what others hold. */
        boolean lacked() {
            return lacked > 0;
        }

        /** It is decoded, and has {@code left} over of what it took. */
        void settle(long left) {
            lacked = 0;
            if (takesPart()) {
                giveBack(drawn == limit ? 0 : Math.min(left, drawn), true);
            }
        }

        /** It was not decoded: gives back all. It stands where it stood if that was for lack of room. */
        void fail() {
            if (takesPart()) {
                giveBack(drawn, lacked == 0);
            }
        }

        /** Bytes that it holds, by estimation. */
        public long heldBytes() {
            return drawn;
        }

        /** Runs {@code task} once, on any thread, maybe at once, when it is this one's turn to be decoded again. */
        public void await(Runnable task) {
            wake = task;
            stand(this);
        }

        /** Gives back all that it holds, and its place in the line. May be called again. */
        public void release() {
            if (takesPart()) {
                giveBack(drawn, true);
            }
        }

        /** Whether it has taken anything, or has stood in line: what is large for its records only has not, and needs no lock. */
        private boolean takesPart() {
            return drawn > 0 || wake != null;
        }

        private void giveBack(long bytes, boolean leaves) {
            drawn -= bytes;
            RequestObjects.this.giveBack(this, bytes, leaves);
        }
    }

    private synchronized boolean take(Share share, long bytes) {
        if (held + bytes > limit || comesAfterOthers(share)) {
            return false;
        }
        held += bytes;
        return true;
    }

    private boolean comesAfterOthers(Share share) {
        return share.drawn == 0 && turn != share && (turn != null || !waiting.isEmpty());
    }

    private synchronized long roomFor(Share share) {
        if (comesAfterOthers(share)) {
            return 0;
        }
        return held == share.drawn ? ENOUGH : limit - held;
    }

    private void stand(Share share) {
        Share next;
        synchronized (this) {
            if (turn == share) {
                turn = null;
                waiting.addFirst(share);
            } else {
                waiting.addLast(share);
            }
            next = next();
        }
        call(next);
    }

    private void giveBack(Share share, long bytes, boolean leaves) {
        Share next;
        synchronized (this) {
            held -= bytes;
            assert held >= 0 : "more was given back than held";
            if (leaves) {
                waiting.remove(share);
                turn = turn == share ? null : turn;
            }
            next = next();
        }
        call(next);
    }

    private @Nullable Share next() {
        Share first = waiting.peekFirst();
        if (turn != null || first == null || limit - held < first.lacked) {
            return null;
        }
        turn = waiting.pollFirst();
        return turn;
    }

    private static void call(@Nullable Share next) {
        Runnable wake = next == null ? null : next.wake;
        if (wake != null) {
            wake.run();
        }
    }
}
