package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What a device sends, and the small answers that it reads: tokens and problems. */
public final class Messages {
    /** Longest body of an answer that is no file, in bytes. */
    public static final int SMALL_ANSWER = 64 << 10;

    private static final int REQUEST_BYTES = 1 << 20;
    private static final int FRAME_BYTES = 1024;
    private static final String PROBLEM = "urn:metanetwork:problem:";

    private Messages() {}

    /** How the weights of an answer are stored. */
    public enum Format {
        /** IEEE 754 half precision. */
        F16,
        /** IEEE 754 single precision. */
        F32,
        /** One byte a weight, scaled by column. */
        INT8
    }

    /** A token, sent as {@code Authorization: Bearer …}, and when it ends, in seconds since 1970. */
    public record Token(String token, long expires) {}

    /** A word that no other request has. */
    public static String nonce() { return UUID.randomUUID().toString(); }

    /**
     * What is sent to {@code /v1/tokens}, with the app key as the bearer, by a device without a key, and by one with a key where
     * {@code /v1/challenges} is answered 404 or 405: a service of release 0.1.
     *
     * @param device The id of this installation: random, or that of its key.
     */
    public static byte[] tokenRequest(String device) { return Json.canonical(Map.of("device", device)); }

    /** What is sent to {@code /v1/tokens}, with the app key as the bearer, by a device with a key. */
    public static byte[] tokenRequest(String device, DeviceProof proof) {
        Map<String, Object> shown = Map.of("key", proof.key(), "challenge", proof.challenge(), "counter", proof.counter(),
            "signature", proof.signature());
        return Json.canonical(Map.of("device", device, "proof", shown));
    }

    /**
     * Reads the answer to {@code /v1/challenges}, which is asked for by POST without a body, with the app key as the bearer, before each
     * token.
     *
     * @return What {@link DeviceKey#proof} signs.
     * @throws ClientException.Unusable It is no challenge.
     */
    public static String challenge(byte[] body) throws ClientException.Unusable {
        try {
            Fields fields = new Fields(Json.object(body, Json.DEPTH));
            fields.whole("expires");
            return fields.text("challenge");
        } catch (Json.Malformed error) {
            throw new ClientException.Unusable("the challenge", "the answer is no challenge");
        }
    }

    /**
     * Reads the answer to {@link #tokenRequest}.
     *
     * @throws ClientException.Unusable It is no token.
     */
    public static Token token(byte[] body) throws ClientException.Unusable {
        try {
            Fields fields = new Fields(Json.object(body, Json.DEPTH));
            return new Token(fields.text("token"), fields.whole("expires"));
        } catch (Json.Malformed error) {
            throw new ClientException.Unusable("the token", "the answer is no token");
        }
    }

    /**
     * What is sent to {@code /v1/models/{model}/parameters}; the oldest samples are left out until a service reads it.
     *
     * @param version The version in use.
     * @param samples Raw ids, oldest first; one at least.
     * @param format How the weights are to be stored.
     * @param nonce {@link #nonce()}, new in every request.
     */
    public static byte[] parametersRequest(String version, List<String> samples, Format format, String nonce) {
        int count = 0;
        int left = REQUEST_BYTES - FRAME_BYTES;
        for (int place = samples.size() - 1; place >= 0; place--) {
            left -= 3 + bytes(samples.get(place));
            if (left < 0 && count > 0) break;
            count++;
        }
        Map<String, Object> message = new TreeMap<>();
        message.put("version", version);
        message.put("nonce", nonce);
        message.put("format", format.name().toLowerCase(java.util.Locale.ROOT));
        message.put("samples", samples.subList(samples.size() - count, samples.size()));
        return Json.canonical(message);
    }

    /** Bytes of a text in JSON, however it is escaped. */
    private static int bytes(String text) {
        int sum = 0;
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            sum += one >= 0 && one < 0x20 ? 6 : one == '"' || one == '\\' || one == '/' ? 2 : 1;
        }
        return sum;
    }

    /**
     * What an error of the service says.
     *
     * @param status The HTTP status.
     * @param body A problem document of any label, or whatever a balancer says.
     */
    public static ClientException.Refused refusal(int status, byte[] body) {
        try {
            if (body.length > SMALL_ANSWER) throw new Json.Malformed("it is too long");
            Fields fields = new Fields(Json.object(body, Json.DEPTH));
            // Label 2 calls the fix `mend`.
            String fix = fields.has("fix") ? fields.text("fix") : fields.has("mend") ? fields.text("mend") : null;
            String type = fields.text("type");
            String word = type.startsWith(PROBLEM) ? type.substring(PROBLEM.length()) : null;
            return new ClientException.Refused(status, fields.text("detail"), fix, word);
        } catch (Json.Malformed error) {
            return new ClientException.Refused(status, "no problem document", null, null);
        }
    }
}
