package dwal.protocol;

import io.netty.channel.DefaultFileRegion;

/** A file part on its way to the socket. Unlike its parent it does not close the file: that is the slice's. */
final class FilePartRegion extends DefaultFileRegion {
    FilePartRegion(RecordsSlice.FilePart part) {
        super(part.channel(), part.position(), part.length());
    }

    @Override
    protected void deallocate() {
        // The slice holds the file open, and is released when the whole response was written.
    }
}
