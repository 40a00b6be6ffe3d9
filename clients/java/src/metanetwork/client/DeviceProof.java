package metanetwork.client;

import java.nio.charset.StandardCharsets;

/**
 * By what a device shows that it has the key that its id was made of, so that nobody else is that device.
 *
 * @param key The public Ed25519 key in base64.
 * @param challenge The challenge that is answered.
 * @param counter Above that of every proof of the device before.
 * @param signature The Ed25519 signature of {@link #message}, in base64.
 */
public record DeviceProof(String key, String challenge, long counter, String signature) {
    /** What is signed: a line for the kind of document, the device's id, the challenge and the counter. */
    public static byte[] message(String device, String challenge, long counter) {
        String lines = "metanetwork/device/1\ndevice " + device + "\nchallenge " + challenge + "\ncounter " + counter + "\n";
        return lines.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The id of the device that has a key, a UUID in capital letters.
     *
     * @param key The 32 bytes of the public key.
     */
    public static String device(byte[] key) {
        byte[] kind = "metanetwork/device-id/1\n".getBytes(StandardCharsets.UTF_8);
        String digits = Digests.text(Digests.sha256(kind, key)).toUpperCase(java.util.Locale.ROOT);
        return String.join("-", digits.substring(0, 8), digits.substring(8, 12), digits.substring(12, 16), digits.substring(16, 20),
            digits.substring(20, 32));
    }
}
