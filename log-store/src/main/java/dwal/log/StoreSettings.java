package dwal.log;

/**
 * What a node's configuration says about its logs as a whole. Immutable.
 *
 * @param reserveBytes {@code dwal.disk.reserve}: with less free than this, nothing is appended
 * @param openFiles at most so many segment files are kept open between two uses
 * @param producerExpiryMs {@code producer.id.expiration.ms}: a producer that has not written for so long is forgotten
 * @param validation {@code dwal.record.validation}
 * @param aheadOfEnd how far segments are prepared ahead of what is appended
 */
public record StoreSettings(
        long reserveBytes, int openFiles, long producerExpiryMs, RecordValidation validation, AheadOfEnd aheadOfEnd) {

    /** With segments prepared as far ahead as was found to be best. */
    public StoreSettings(long reserveBytes, int openFiles, long producerExpiryMs, RecordValidation validation) {
        this(reserveBytes, openFiles, producerExpiryMs, validation, AheadOfEnd.USUAL);
    }

    /** With full validation, which keeps every promise of ours at a price. */
    public StoreSettings(long reserveBytes, int openFiles, long producerExpiryMs) {
        this(reserveBytes, openFiles, producerExpiryMs, RecordValidation.FULL);
    }

    /** No reserve, 1,000 files, one day. */
    public static StoreSettings defaults() {
        return new StoreSettings(0, 1000, 86_400_000L);
    }
}
