package metanetwork.client;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256, which every Java has. */
final class Digests {
    private Digests() {}

    /** The digest of some bytes one after the other. */
    static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) digest.update(part);
            return digest.digest();
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    /** In hexadecimal, lower case. */
    static String text(byte[] digest) {
        StringBuilder text = new StringBuilder();
        for (byte one : digest) text.append(String.format("%02x", one));
        return text.toString();
    }
}
