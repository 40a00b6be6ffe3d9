package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Whose answers are believed: Ed25519 signatures in the labels 2 and 3 of the wire. */
public final class Trust {
    /** Name of the header with the labels that a client reads. */
    public static final String ACCEPT_HEADER = "MetaNetwork-Accept";
    /** Its value: to be sent with every request. */
    public static final String ACCEPTED = "3, 2";
    /** Name of the header with what a client says of itself: its library and release; what an app may add stands in docs/wire.md. */
    public static final String CLIENT_HEADER = "MetaNetwork-Client";
    /** Its value: to be sent with every request. */
    public static final String CLIENT = "java/0.2.0";
    /** Name of the header with the signature of an answer. */
    public static final String SIGNATURE_HEADER = "MetaNetwork-Signature";

    private static final int SIGNATURE_BYTES = 64;
    private static final int STEP_BYTES = 33;
    private static final int MAXIMUM_STEPS = 32;

    /** What an answer is. */
    public enum Kind {
        /** The manifest of the current version. */
        MANIFEST("manifest"),
        /** Generated weights. */
        PARAMETERS("parameters"),
        /** What a larger model in the cloud makes of an input. */
        ANSWER("answer");

        final String word;

        Kind(String word) { this.word = word; }
    }

    private final List<PinnedKey> keys;

    /** Believes answers that one of these keys signed: one, or two while the server changes from one to the other. */
    public Trust(PinnedKey... keys) { this.keys = List.of(keys); }

    /**
     * Checks the signature of an answer.
     *
     * @param body The whole body.
     * @param header The value of {@link #SIGNATURE_HEADER}; null where there was none.
     * @param kind What the answer is.
     * @throws ClientException.Untrusted It is not signed by a pinned key, or the signature is of something else.
     */
    public void check(byte[] body, String header, Kind kind) throws ClientException.Untrusted {
        String what = "the " + kind.word;
        if (header == null) {
            throw new ClientException.Untrusted(what, "it has no header " + SIGNATURE_HEADER + "; the server must sign");
        }
        int end = header.indexOf('=');
        String name = end < 0 ? "" : header.substring(0, end);
        byte[] raw = end < 0 || end + 1 == header.length() ? null : PinnedKey.decoded(header.substring(end + 1));
        int colon = name.indexOf(':');
        // Label 2 is the one that is not named.
        String label = colon < 0 ? "2" : name.substring(0, colon);
        String id = name.substring(colon + 1);
        if (raw == null || id.isEmpty() || (colon >= 0 && !label.equals("3"))) {
            String reason = "its header " + SIGNATURE_HEADER + " is not 'label:key-id=base64'";
            throw new ClientException.Untrusted(what, reason);
        }
        PinnedKey key = keys.stream().filter(one -> one.id().equals(id)).findFirst().orElse(null);
        if (key == null) throw new ClientException.Untrusted(what, "its key '" + id + "' is not pinned in this app");
        byte[] root = root(body, raw, label);
        byte[] signature = Arrays.copyOf(raw, Math.min(raw.length, SIGNATURE_BYTES));
        if (root == null || !key.signed(joined(line(kind.word, label), root), signature)) {
            throw new ClientException.Untrusted(what, "the signature of key '" + id + "' does not fit its bytes");
        }
    }

    /** The root above an answer at the end of the path behind a signature; null where the bytes are no path. */
    private static byte[] root(byte[] body, byte[] raw, String label) {
        int length = Math.max(0, raw.length - SIGNATURE_BYTES);
        if (length % STEP_BYTES != 0 || length > MAXIMUM_STEPS * STEP_BYTES) return null;
        byte[] node = Digests.sha256(label.equals("2") ? new byte[0] : line("leaf", label), body);
        for (int start = SIGNATURE_BYTES; start < raw.length; start += STEP_BYTES) {
            byte[] neighbour = Arrays.copyOfRange(raw, start + 1, start + STEP_BYTES);
            switch (raw[start]) {
                case 0: node = Digests.sha256(line("node", label), neighbour, node); break;
                case 1: node = Digests.sha256(line("node", label), node, neighbour); break;
                default: return null;
            }
        }
        return node;
    }

    static byte[] line(String word, String label) {
        return ("metanetwork/" + word + "/" + label + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] joined(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
