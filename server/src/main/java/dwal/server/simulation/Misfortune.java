package dwal.server.simulation;

/** What can go wrong in a simulated cluster. */
public enum Misfortune {
    /** A process ends between two operations. */
    KILL,
    /** A process, or the machine under it, ends in the middle of something it does to its disk. */
    DEATH_IN_WRITE,
    /** A machine stops, and what was not synced is there in part, or not. */
    POWER_LOSS,
    /** All machines stop at once. */
    BLACKOUT,
    /** A process is stopped in order. */
    CLEAN_STOP,
    /** A process stands still for a while. */
    PAUSE,
    /** A link is cut, one way or both. */
    CUT_LINK,
    /** A node is cut off from all others. */
    ISOLATION,
    /** Messages are lost, late and doubled more or less often than before. */
    WEATHER,
    /** A leadership is moved to another replica in sync. */
    LEADER_MOVE,
    /** A disk has less room than its reserve, or none at all, for a while. */
    FULL_DISK,
    /** A sync fails, and what it should have made safe is lost with the next loss of power. */
    FAILED_SYNC,
    /** A bit of what a node that is down has on its disk flips. */
    FLIPPED_BIT,
    /** The disk of a node that is down loses all files of one log. */
    LOST_LOG
}
