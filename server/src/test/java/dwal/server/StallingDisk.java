package dwal.server;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The machine's disk, whose syncs of files stand still from {@link #stall} to {@link #goOn}, and fail in the end. Any thread. */
final class StallingDisk {
    private volatile CountDownLatch mayGoOn = new CountDownLatch(0);
    private volatile boolean broken;
    private volatile boolean standsStill;
    private final AtomicInteger syncs = new AtomicInteger();
    private final Disk disk = wrap(Disk.class, Disk.system());

    Disk disk() {
        return disk;
    }

    void stall() {
        standsStill = false;
        mayGoOn = new CountDownLatch(1);
    }

    /** Whether a sync has been held up since {@link #stall}. */
    boolean standsStill() {
        return standsStill;
    }

    /** How many syncs have come to their end. */
    int syncs() {
        return syncs.get();
    }

    void goOn() {
        mayGoOn.countDown();
    }

    /** From now on each sync fails. */
    void breakDown() {
        broken = true;
    }

    private void holdUp() throws IOException, InterruptedException {
        CountDownLatch end = mayGoOn;
        if (end.getCount() > 0) {
            standsStill = true;
            if (!end.await(60, TimeUnit.SECONDS)) {
                throw new IOException("the test has forgotten this sync");
            }
        }
    }

    private <T> T wrap(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, given) -> {
                    if (broken && real instanceof DiskFile && method.getName().equals("sync")) {
                        throw new IOException("broken by a test");
                    }
                    if (real instanceof DiskFile && method.getName().equals("sync")) {
                        holdUp();
                    }
                    try {
                        Object answer = method.invoke(real, given);
                        if (real instanceof DiskFile && method.getName().equals("sync")) {
                            syncs.incrementAndGet();
                        }
                        return answer instanceof DiskFile file ? wrap(DiskFile.class, file) : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
