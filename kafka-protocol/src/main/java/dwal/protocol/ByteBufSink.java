package dwal.protocol;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.network.TransferableChannel;

/** Takes what Kafka's records write to a channel into a buffer. Owned by whoever owns the buffer. */
final class ByteBufSink implements TransferableChannel {
    private final ByteBuf target;

    ByteBufSink(ByteBuf target) {
        this.target = target;
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        return target.writeBytes(file, position, Math.toIntExact(count));
    }

    @Override
    public int write(ByteBuffer source) {
        int length = source.remaining();
        target.writeBytes(source);
        return length;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        long written = 0;
        for (int i = offset; i < offset + length; i++) {
            written += write(sources[i]);
        }
        return written;
    }

    @Override
    public long write(ByteBuffer[] sources) {
        return write(sources, 0, sources.length);
    }

    @Override
    public boolean hasPendingWrites() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
