package dwal.environment;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a file cannot be used, in words for people: Java's own messages are often no more than its name. No state. */
public final class FileTrouble {
    private FileTrouble() {}

    /** What is in the way, without the name of the file. */
    public static String reason(IOException e) {
        if (e instanceof NotOpenedException && e.getCause() instanceof IOException cause) {
            return reason(cause);
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "there is no such file, or it is a link that leads nowhere";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "it is there already";
        }
        if (e instanceof NotDirectoryException) {
            return "it is no directory";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "it is a directory with files in it";
        }
        String told = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
        return told == null ? e.getClass().getSimpleName() : told;
    }

    /** Whether whoever runs this process may not read it, so that nothing is known of what is in it. */
    public static boolean isDenied(IOException e) {
        return e instanceof AccessDeniedException
                || (e instanceof NotOpenedException && e.getCause() instanceof AccessDeniedException);
    }
}
