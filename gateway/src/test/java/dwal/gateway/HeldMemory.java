package dwal.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** What this JVM holds, of nodes and of clients that a test runs in it. */
public final class HeldMemory {
    private static final boolean NETTYS_IS_AMONG_THE_JVMS = isNettysAmongTheJvms();

    private HeldMemory() {}

    /** Bytes that are in use, on the heap after a collection and outside. */
    public static long bytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long outside = ofJvm() + (NETTYS_IS_AMONG_THE_JVMS ? 0 : PlatformDependent.usedDirectMemory());
        return runtime.totalMemory() - runtime.freeMemory() + outside;
    }

    private static long ofJvm() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** Depends on the version of Java and its options; what both count must not be counted twice. */
    private static boolean isNettysAmongTheJvms() {
        int bytes = 16 << 20;
        long before = ofJvm();
        ByteBuf buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        try {
            return ofJvm() - before >= bytes;
        } finally {
            buffer.release();
        }
    }
}
