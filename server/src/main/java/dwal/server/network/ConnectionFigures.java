package dwal.server.network;

/**
 * The connections of one listener, since its start.
 *
 * @param open how many there are now
 * @param accepted how many there were in all
 * @param refused how many were one too many
 */
public record ConnectionFigures(long open, long accepted, long refused) {}
