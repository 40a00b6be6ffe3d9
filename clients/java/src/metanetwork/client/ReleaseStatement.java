package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a publisher says of a version of a model, signed when it is published and not when it is served. Keep the last one that was taken:
 * {@link Publishers#statement} refuses older ones.
 *
 * @param model Name of the model.
 * @param version The version.
 * @param manifest SHA-256 of the manifest's bytes, in hexadecimal.
 * @param counter How many statements of the model there were up to this one, from 1.
 * @param issued When it was signed, in seconds since 1970.
 * @param expires From when on devices take it no more, in seconds since 1970.
 * @param previous Digest of the statement before.
 * @param key Which of the publisher's keys signed.
 * @param signature The Ed25519 signature in base64.
 */
public record ReleaseStatement(String model, String version, String manifest, long counter, long issued, long expires, String previous,
    String key, String signature) {
    /** Name of the header with a statement. */
    public static final String HEADER = "MetaNetwork-Release";

    private static final String WORD = "([A-Za-z0-9._-]{1,64})";
    private static final String NUMBER = "([0-9]{1,16})";
    private static final Pattern FORM = Pattern.compile("version=" + WORD + "; counter=" + NUMBER + "; issued=" + NUMBER + "; expires="
        + NUMBER + "; previous=" + WORD + "; key=" + WORD + "; signature=([A-Za-z0-9+/=]*)");
    /** The greatest number that every reader of JSON has. */
    private static final long LARGEST = 1L << 53;

    /** Reads the header of an answer about a manifest with this digest; null where it is none. */
    static ReleaseStatement read(String header, String model, String manifest) {
        Matcher found = FORM.matcher(header);
        if (!found.matches()) return null;
        long counter = Long.parseLong(found.group(2));
        long issued = Long.parseLong(found.group(3));
        long expires = Long.parseLong(found.group(4));
        if (counter < 1 || Math.max(counter, Math.max(issued, expires)) > LARGEST) return null;
        return new ReleaseStatement(model, found.group(1), manifest, counter, issued, expires, found.group(5), found.group(6),
            found.group(7));
    }

    /** What is signed. */
    byte[] message() {
        return ("metanetwork/release/1\nmodel " + model + "\nversion " + version + "\nmanifest " + manifest + "\ncounter " + counter
            + "\nissued " + issued + "\nexpires " + expires + "\nprevious " + previous + "\nkey " + key + "\n")
            .getBytes(StandardCharsets.UTF_8);
    }

    /** What the next statement names this one by. */
    String digest() { return Digests.text(Digests.sha256(message())); }

    /** The header's text. */
    public String header() {
        return "version=" + version + "; counter=" + counter + "; issued=" + issued + "; expires=" + expires + "; previous=" + previous
            + "; key=" + key + "; signature=" + signature;
    }
}
