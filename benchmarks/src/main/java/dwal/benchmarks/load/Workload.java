package dwal.benchmarks.load;

/** One kind of load. Runs on the driver's main thread, with threads of its own. */
interface Workload {

    /** Loads {@code target} for about {@code seconds} and reports the figures, unless round is 0; throws if it failed. */
    void run(Target target, int round, double seconds) throws Exception;
}
