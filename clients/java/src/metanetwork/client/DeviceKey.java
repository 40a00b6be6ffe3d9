package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Base64;

/** The Ed25519 key pair of an installation, which its id follows from: nobody without it gets a token in its name. */
public final class DeviceKey {
    private static final String WHAT = "the device's key, as the app kept it,";

    private final KeyPair pair;
    private final byte[] raw;
    private final String id;
    private long counter;

    private DeviceKey(KeyPair pair, byte[] raw, long counter) {
        this.pair = pair;
        this.raw = raw;
        this.counter = counter;
        id = DeviceProof.device(raw);
    }

    /**
     * A new key, with a new id: once for each installation.
     *
     * @throws IllegalStateException No provider has Ed25519.
     */
    public static DeviceKey make() {
        try {
            return of(Ed25519.generate(), 0);
        } catch (GeneralSecurityException | ClientException.Unusable error) {
            throw new IllegalStateException("no provider has Ed25519; install one with Security.addProvider", error);
        }
    }

    /**
     * The key that a key store keeps, for example Android's, which gives the private half to nobody.
     *
     * @param pair Both halves.
     * @param counter {@link #counter}, as the app kept it; an old one will do, for proofs count the clock.
     * @throws ClientException.Unusable It is no pair of Ed25519 keys.
     */
    public static DeviceKey of(KeyPair pair, long counter) throws ClientException.Unusable {
        byte[] raw = pair.getPublic() == null || pair.getPrivate() == null ? null : Ed25519.raw(pair.getPublic());
        byte[] message = WHAT.getBytes(StandardCharsets.UTF_8);
        try {
            if (raw != null && Ed25519.verify(pair.getPublic(), message, Ed25519.sign(pair.getPrivate(), message))) {
                return new DeviceKey(pair, raw, counter);
            }
        } catch (GeneralSecurityException error) {
            // Said below.
        }
        throw new ClientException.Unusable(WHAT, "it is no pair of Ed25519 keys; make another, which is another device");
    }

    /**
     * The key that {@link #text} gave.
     *
     * @throws ClientException.Unusable It is no such text: damaged, or cut off.
     */
    public static DeviceKey read(String text, long counter) throws ClientException.Unusable {
        byte[] both = PinnedKey.decoded(text);
        if (both == null || both.length != 2 * Ed25519.KEY_BYTES) {
            throw new ClientException.Unusable(WHAT, "it is not the base64 of two keys; make another, which is another device");
        }
        try {
            byte[] secret = Arrays.copyOf(both, Ed25519.KEY_BYTES);
            byte[] open = Arrays.copyOfRange(both, Ed25519.KEY_BYTES, both.length);
            return of(new KeyPair(Ed25519.publicKey(open), Ed25519.privateKey(secret)), counter);
        } catch (GeneralSecurityException error) {
            throw new ClientException.Unusable(WHAT, error.getMessage());
        }
    }

    /**
     * The app's to keep where nobody else reads it: the base64 of the private and the public key, 32 bytes each; null where a key store gives
     * the private half to nobody.
     */
    public String text() {
        byte[] secret = Ed25519.raw(pair.getPrivate());
        return secret == null ? null : Base64.getEncoder().encodeToString(Trust.joined(secret, raw));
    }

    /** The id of the device that has the key, a UUID. */
    public String id() { return id; }

    /** That of the last proof, the app's to keep. */
    public synchronized long counter() { return counter; }

    /**
     * Shows that the device has its key; what {@link Messages#tokenRequest(String, DeviceProof)} sends.
     *
     * @param challenge What the service gave to be signed: {@link Messages#challenge}.
     * @param now Milliseconds since 1970 by the device's clock: proofs must count upwards, also where the app lost the counter.
     * @throws IllegalStateException The key store does not sign.
     */
    public synchronized DeviceProof proof(String challenge, long now) {
        try {
            counter = Math.max(now, counter + 1);
            byte[] signature = Ed25519.sign(pair.getPrivate(), DeviceProof.message(id, challenge, counter));
            Base64.Encoder encoder = Base64.getEncoder();
            return new DeviceProof(encoder.encodeToString(raw), challenge, counter, encoder.encodeToString(signature));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("the device's key does not sign", error);
        }
    }
}
