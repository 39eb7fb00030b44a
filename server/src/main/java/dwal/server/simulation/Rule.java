package dwal.server.simulation;

/** Something that must hold after each step of a simulation. */
interface Rule {
    /** Throws an AssertionError that says what is wrong. */
    void check(SimulatedCluster cluster);

    /** To be thrown: the rule does not hold, as {@code facts} show. */
    static AssertionError broken(String facts) {
        return new AssertionError(facts);
    }
}
