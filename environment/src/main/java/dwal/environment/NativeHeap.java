package dwal.environment;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;

/**
 * The memory of the C library, in which the JVM's compilers, RocksDB and the like allocate. Any thread.
 *
 * <p>glibc keeps what was freed, in arenas per thread, and gives it back to the system only when asked. Java 17 has an option for
 * that in some builds only ({@code -XX:TrimNativeHeapInterval}). Loaded when first used, so that a start does not pay for it.
 */
public final class NativeHeap {
    private NativeHeap() {}

    /** Gives free memory back to the system; where the C library has no such call (musl, other systems) nothing happens. */
    public static void trim() {
        if (Libc.LOADED) {
            Libc.malloc_trim(new NativeLong(0));
        }
    }

    /** glibc. */
    private static final class Libc {
        static final boolean LOADED = load();

        private static boolean load() {
            if (!Platform.isLinux()) {
                return false;
            }
            try {
                Native.register(Libc.class, "c");
                return true;
            } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
                return false;
            }
        }

        static native int malloc_trim(NativeLong kept);
    }
}
