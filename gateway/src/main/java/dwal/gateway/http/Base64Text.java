package dwal.gateway.http;

import java.util.Base64;

/** Base64 as JSON has it (RFC 4648, 4). No state. */
final class Base64Text {
    private Base64Text() {}

    /** The bytes of {@code text}, which must have its padding; throws an {@link IllegalArgumentException} that says what is wrong. */
    static byte[] decode(String text) {
        if (text.length() % 4 != 0) {
            throw new IllegalArgumentException(
                    "It has " + text.length() + " characters, which is no multiple of 4: is the padding (=) missing?");
        }
        return Base64.getDecoder().decode(text);
    }
}
