package dwal.environment;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocks behind the end of a file, by Linux's fallocate(2) with FALLOC_FL_KEEP_SIZE, which Java has no call for. Any thread.
 *
 * <p>All is a hint: where it does not work (another system, another file system, a full disk) nothing happens, and the
 * write that comes is what tells of trouble. Loaded when first used, so that a start does not pay for it.
 */
final class Preallocation {
    private static final Logger LOG = LoggerFactory.getLogger(Preallocation.class);
    /** Whether anything was ever reserved, and so may have to be given back. */
    private static volatile boolean used;

    private Preallocation() {}

    /** Reserves blocks for {@code bytes} bytes from {@code position} on, if it can; the size of {@code file} stays. */
    static boolean reserve(Path file, long position, long bytes) {
        used = true;
        return Libc.LOADED
                && Libc.withOpen(
                        file,
                        fd -> Libc.fallocate(fd, Libc.KEEP_SIZE, new NativeLong(position), new NativeLong(bytes)));
    }

    /**
     * Gives back what is reserved behind {@code size}, which is the size of {@code file}: {@code FileChannel.truncate} does
     * not even ask the system then.
     */
    static void giveBack(Path file, long size) {
        if (used && Libc.LOADED) {
            Libc.withOpen(file, fd -> Libc.ftruncate(fd, new NativeLong(size)));
        }
    }

    /** The C library. Its offsets are longs of the platform, so only 64-bit ones are served. */
    private static final class Libc {
        /** FALLOC_FL_KEEP_SIZE. */
        static final int KEEP_SIZE = 1;

        private static final int WRITE_ONLY = 1;
        private static final int CLOSE_ON_EXEC = 02000000;

        static final boolean LOADED = load();

        private interface Call {
            int on(int fd);
        }

        private static boolean load() {
            if (!Platform.isLinux() || !Platform.is64Bit()) {
                return false;
            }
            try {
                Native.register(Libc.class, "c");
                return true;
            } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
                LOG.info("Segments are not preallocated, since the C library cannot be called: {}", e.toString());
                return false;
            }
        }

        /** Whether it was done. */
        static boolean withOpen(Path file, Call call) {
            int fd = open(file.toString(), WRITE_ONLY | CLOSE_ON_EXEC);
            if (fd < 0) {
                return false;
            }
            int result = call.on(fd);
            close(fd);
            return result == 0;
        }

        static native int open(String path, int flags);

        static native int close(int fd);

        static native int fallocate(int fd, int mode, NativeLong position, NativeLong bytes);

        static native int ftruncate(int fd, NativeLong size);
    }
}
