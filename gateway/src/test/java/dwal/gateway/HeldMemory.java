package dwal.gateway;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** What this JVM holds, of nodes and of clients that a test runs in it. */
public final class HeldMemory {
    private HeldMemory() {}

    /** Bytes that are in use, on the heap after a collection and outside. */
    public static long bytes() {
        System.gc();
        long outside = PlatformDependent.usedDirectMemory();
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            outside += pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory() + Math.max(0, outside);
    }
}
