package dwal.protocol;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;

/** Finds the slices in any response, by letting it write itself to nowhere, and releases them. */
final class SliceReleaser implements Writable {
    @Override
    public void writeRecords(BaseRecords records) {
        if (records instanceof RecordsSlice slice) {
            slice.release();
        }
    }

    @Override
    public void writeByte(byte value) {}

    @Override
    public void writeShort(short value) {}

    @Override
    public void writeInt(int value) {}

    @Override
    public void writeLong(long value) {}

    @Override
    public void writeDouble(double value) {}

    @Override
    public void writeByteArray(byte[] array) {}

    @Override
    public void writeUnsignedVarint(int value) {}

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {}

    @Override
    public void writeVarint(int value) {}

    @Override
    public void writeVarlong(long value) {}
}
