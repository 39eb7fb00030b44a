package dwal.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.TransferableRecords;
import org.apache.kafka.common.record.internal.UnalignedFileRecords;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;

/**
 * Where Kafka's generated classes write a response to: a row of pieces for the socket. Fields go to one buffer of exactly
 * the size they need, and that buffer is cut wherever bulk bytes stand in between; small bulk bytes are copied into it.
 *
 * <p>Owned by the network loop that encodes.
 */
final class ResponseWriter implements Writable {
    /** At most this many bulk bytes of a response are copied between its fields: cheaper than a piece of its own. */
    static final int COPY_LIMIT = 16 * 1024;

    private final ByteBufAllocator allocator;
    private final boolean sendFiles;
    private final int smallFilePart;
    private final ByteBuf fields;
    private final List<Object> pieces = new ArrayList<>(4);
    private final List<RecordsSlice> slices = new ArrayList<>(1);
    private long fileBytes;
    private int copyLeft;
    private int cut;

    /**
     * A writer of one response.
     *
     * @param fieldBytes what the fields need
     * @param bulkBytes what records and the like need
     * @param sendFiles whether file parts may be sent from the file; else they are read
     * @param smallFilePart below this size file parts are read, since that is cheaper than one more call for the socket
     */
    ResponseWriter(ByteBufAllocator allocator, int fieldBytes, int bulkBytes, boolean sendFiles, int smallFilePart) {
        this.allocator = allocator;
        this.sendFiles = sendFiles;
        this.smallFilePart = smallFilePart;
        this.copyLeft = Math.min(bulkBytes, COPY_LIMIT);
        this.fields = allocator.directBuffer(fieldBytes + copyLeft);
    }

    /** Ends the response; gives its pieces in order, all owned by the caller. */
    List<Object> finish() {
        cutFields();
        fields.release();
        return pieces;
    }

    /** The slices that must be released when all pieces were sent. */
    List<RecordsSlice> slices() {
        return slices;
    }

    /** Bytes that are sent from files, and so take up no memory. */
    long fileBytes() {
        return fileBytes;
    }

    /** Gives up: releases all pieces, not the slices. */
    void abandon() {
        pieces.forEach(ReferenceCountUtil::release);
        pieces.clear();
        fields.release();
    }

    private void cutFields() {
        int end = fields.writerIndex();
        if (end > cut) {
            pieces.add(fields.retainedSlice(cut, end - cut));
            cut = end;
        }
    }

    private void add(Object piece) {
        cutFields();
        pieces.add(piece);
    }

    private boolean copyable(int length) {
        if (length > copyLeft) {
            return false;
        }
        copyLeft -= length;
        return true;
    }

    @Override
    public void writeRecords(BaseRecords records) {
        if (records instanceof RecordsSlice slice) {
            slices.add(slice);
            writeSlice(slice);
        } else if (records instanceof MemoryRecords memory) {
            writeByteBuffer(memory.buffer());
        } else if (records instanceof UnalignedMemoryRecords memory) {
            writeByteBuffer(memory.buffer());
        } else if (records instanceof FileRecords || records instanceof UnalignedFileRecords) {
            writeKafkasFile((TransferableRecords) records);
        } else {
            throw new AssertionError("records of " + records.getClass() + " cannot be sent");
        }
    }

    private void writeSlice(RecordsSlice slice) {
        for (RecordsSlice.Part part : slice.parts()) {
            if (part instanceof RecordsSlice.MemoryPart memory) {
                writeByteBuffer(memory.bytes());
            } else if (part instanceof RecordsSlice.FilePart file) {
                writeFile(file);
            }
        }
    }

    private void writeFile(RecordsSlice.FilePart file) {
        if (copyable(file.length())) {
            read(file, fields);
        } else if (sendFiles && file.length() >= smallFilePart) {
            fileBytes += file.length();
            add(new FilePartRegion(file));
        } else {
            ByteBuf bytes = allocator.directBuffer(file.length());
            add(bytes);
            read(file, bytes);
        }
    }

    /**
     * Records of a log that Kafka's code keeps: the metadata log and its snapshots. They are read at once, since nobody holds
     * such a file open for us; whoever made the response has bounded them (1 MiB by default).
     */
    private void writeKafkasFile(TransferableRecords records) {
        ByteBuf bytes = allocator.directBuffer(records.sizeInBytes());
        add(bytes);
        try {
            var sink = new ByteBufSink(bytes);
            int done = 0;
            while (done < records.sizeInBytes()) {
                int n = records.writeTo(sink, done, records.sizeInBytes() - done);
                if (n <= 0) {
                    throw new EOFException("a file of the metadata log ends after " + done + " of "
                            + records.sizeInBytes() + " bytes that were to be sent");
                }
                done += n;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(RecordsSlice.FilePart file, ByteBuf target) {
        try {
            int done = 0;
            while (done < file.length()) {
                int n = target.writeBytes(file.channel(), file.position() + done, file.length() - done);
                if (n < 0) {
                    throw new EOFException("a segment file ends at " + (file.position() + done) + " where "
                            + (file.length() - done) + " bytes more were to be sent");
                }
                done += n;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        if (copyable(bytes.remaining())) {
            fields.writeBytes(bytes.duplicate());
        } else {
            add(Unpooled.wrappedBuffer(bytes.duplicate()));
        }
    }

    @Override
    public void writeByte(byte value) {
        fields.writeByte(value);
    }

    @Override
    public void writeShort(short value) {
        fields.writeShort(value);
    }

    @Override
    public void writeInt(int value) {
        fields.writeInt(value);
    }

    @Override
    public void writeLong(long value) {
        fields.writeLong(value);
    }

    @Override
    public void writeDouble(double value) {
        fields.writeDouble(value);
    }

    @Override
    public void writeByteArray(byte[] array) {
        fields.writeBytes(array);
    }

    @Override
    public void writeUnsignedVarint(int value) {
        int left = value;
        while ((left & ~0x7f) != 0) {
            fields.writeByte((left & 0x7f) | 0x80);
            left >>>= 7;
        }
        fields.writeByte(left);
    }

    @Override
    public void writeVarint(int value) {
        writeUnsignedVarint((value << 1) ^ (value >> 31));
    }

    @Override
    public void writeVarlong(long value) {
        long left = (value << 1) ^ (value >> 63);
        while ((left & ~0x7fL) != 0) {
            fields.writeByte((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        fields.writeByte((int) left);
    }
}
