package metanetwork.client;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/** Ed25519 as Java has it, with keys as 32 bytes. */
final class Ed25519 {
    static final int KEY_BYTES = 32;

    private static final String NAME = "Ed25519";
    /** What X.509 puts before a public key, and PKCS #8 before a private one (RFC 8410). */
    private static final byte[] PUBLIC = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    private static final byte[] PRIVATE = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

    private Ed25519() {}

    static KeyPair generate() throws GeneralSecurityException { return KeyPairGenerator.getInstance(NAME).generateKeyPair(); }

    static PublicKey publicKey(byte[] raw) throws GeneralSecurityException {
        return KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(Trust.joined(PUBLIC, raw)));
    }

    static PrivateKey privateKey(byte[] raw) throws GeneralSecurityException {
        return KeyFactory.getInstance(NAME).generatePrivate(new PKCS8EncodedKeySpec(Trust.joined(PRIVATE, raw)));
    }

    /** The bytes of a public key; null where it is another kind of key. */
    static byte[] raw(PublicKey key) { return after(PUBLIC, key.getEncoded()); }

    /** The bytes of a private key; null where it is another kind of key, or in a store that gives it to nobody. */
    static byte[] raw(PrivateKey key) { return after(PRIVATE, key.getEncoded()); }

    private static byte[] after(byte[] prefix, byte[] encoded) {
        int end = prefix.length + KEY_BYTES;
        if (encoded == null || encoded.length != end || !Arrays.equals(Arrays.copyOf(encoded, prefix.length), prefix)) return null;
        return Arrays.copyOfRange(encoded, prefix.length, end);
    }

    static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
        Signature signer = Signature.getInstance(NAME);
        signer.initSign(key);
        signer.update(message);
        return signer.sign();
    }

    static boolean verify(PublicKey key, byte[] message, byte[] signature) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance(NAME);
        verifier.initVerify(key);
        verifier.update(message);
        return verifier.verify(signature);
    }
}
