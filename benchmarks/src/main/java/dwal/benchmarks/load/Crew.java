package dwal.benchmarks.load;

import java.util.ArrayList;
import java.util.List;

/** Threads that work at one thing together; the first failure of any is the failure of all. Belongs to its maker's thread. */
final class Crew {
    private final FirstFailure failure;
    private final List<Thread> threads = new ArrayList<>();

    /** What a thread does. */
    interface Work {
        void run() throws Exception;
    }

    Crew(FirstFailure failure) {
        this.failure = failure;
    }

    void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception e) {
                failure.note(e);
            }
        });
        threads.add(thread);
        thread.start();
    }

    /** Waits for all. */
    void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
