package metanetwork.client;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.Base64;

/** A server's public Ed25519 key, built into the app. */
public final class PinnedKey {
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
        if (id.isEmpty() || raw == null || raw.length != Ed25519.KEY_BYTES) throw new ClientException.InvalidKey(id);
        try {
            key = Ed25519.publicKey(raw);
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
            return Ed25519.verify(key, message, signature);
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
