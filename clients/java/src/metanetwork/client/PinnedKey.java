package metanetwork.client;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/** A server's public Ed25519 key, built into the app. */
public final class PinnedKey {
    /** What X.509 puts before the 32 bytes of such a key (RFC 8410). */
    private static final byte[] PREFIX = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

    private final String id;
    private final PublicKey key;

    /**
     * Reads a key.
     *
     * @param id The key's id, as in the header {@code MetaNetwork-Signature}.
     * @param base64 The base64 of its 32 bytes, as {@code metanetwork serve} prints it.
     * @throws ClientException.InvalidKey It is something else.
     */
    public PinnedKey(String id, String base64) throws ClientException.InvalidKey {
        byte[] raw = decoded(base64);
        if (id.isEmpty() || raw == null || raw.length != 32) throw new ClientException.InvalidKey(id);
        byte[] encoded = Arrays.copyOf(PREFIX, PREFIX.length + raw.length);
        System.arraycopy(raw, 0, encoded, PREFIX.length, raw.length);
        try {
            key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        } catch (GeneralSecurityException error) {
            throw new ClientException.InvalidKey(id);
        }
        this.id = id;
    }

    /** The key's id. */
    public String id() { return id; }

    /** Whether a signature of 64 bytes is this key's of a message. */
    boolean signed(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException error) {
            return false;
        }
    }

    /** The bytes of a text in base64 in its one form: padded, the bits that are left over zero; null where it is none. */
    static byte[] decoded(String text) {
        try {
            byte[] raw = Base64.getDecoder().decode(text);
            return Base64.getEncoder().encodeToString(raw).equals(text) ? raw : null;
        } catch (IllegalArgumentException error) {
            return null;
        }
    }
}
