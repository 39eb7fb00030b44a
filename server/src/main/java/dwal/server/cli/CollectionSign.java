package dwal.server.cli;

import java.lang.ref.WeakReference;

/**
 * Tells whether the heap, or its young part, has been collected since it was last asked: an object that nobody holds is gone
 * then. The JVM's own counters would load its management beans, which costs more than a tenth of a start. One thread.
 */
final class CollectionSign implements IdleMemory.Sign {
    private WeakReference<Object> unheld = new WeakReference<>(new Object());

    @Override
    public boolean seen() {
        if (unheld.get() != null) {
            return false;
        }
        unheld = new WeakReference<>(new Object());
        return true;
    }
}
