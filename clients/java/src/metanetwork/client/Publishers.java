package metanetwork.client;

import java.util.List;

/** Whose word for a version is believed: that of the publisher, whose key lies with no service. */
public final class Publishers {
    private static final String WHAT = "the manifest";
    /** How far a statement may lie ahead of the device's clock, in seconds. */
    private static final long TOLERANCE = 86_400;

    private final List<PinnedKey> keys;

    /** Believes statements that one of these keys signed: one, or two while the publisher changes from one to the other. */
    public Publishers(PinnedKey... keys) { this.keys = List.of(keys); }

    /**
     * Checks the statement that came with a manifest, or with the word (304) that the version in use is the current one: that it is signed, and
     * neither played again, nor one of two, nor stale. In place of {@link Trust#check} with {@link Trust.Kind#MANIFEST}.
     *
     * @param header The value of {@link ReleaseStatement#HEADER}; null where there was none.
     * @param manifest The manifest's bytes; of a 304 those of the version in use.
     * @param model Name of the model.
     * @param known The newest statement that this device has taken; null before the first.
     * @param now Seconds since 1970 by the device's clock.
     * @return The statement, to be kept. Its version must be that of the manifest: {@link #manifest} looks.
     * @throws ClientException.Untrusted It is not to be taken.
     */
    public ReleaseStatement statement(String header, byte[] manifest, String model, ReleaseStatement known, long now)
        throws ClientException.Untrusted {
        ReleaseStatement statement = signed(header, manifest, model);
        if (known != null) {
            checkOrder(statement, known);
            // A clock that was set back makes no old statement good.
            now = Math.max(now, known.issued());
        }
        if (statement.issued() > now + TOLERANCE) {
            throw refused("its publisher signed it " + (statement.issued() - now) / 3600
                + " hours from now; set this device's clock, or the publisher's");
        }
        if (statement.expires() <= Math.max(statement.issued(), now)) {
            throw refused("its publisher's word for it ended " + (now - statement.expires()) / 3600 + " hours ago; it has to be signed anew");
        }
        return statement;
    }

    /** Reads a manifest that a statement is about. */
    public static Manifest manifest(byte[] body, ReleaseStatement statement) throws ClientException {
        Manifest manifest = new Manifest(body, statement.model());
        if (!manifest.version().equals(statement.version())) {
            throw refused("its publisher's statement is of version " + statement.version());
        }
        return manifest;
    }

    /**
     * Checks form and signature alone: what was taken once stays good offline, as long as its key is pinned. For what is on the disk, at each
     * start.
     *
     * @throws ClientException.Untrusted It is not signed by a pinned publisher, or about something else.
     */
    public ReleaseStatement signed(String header, byte[] manifest, String model) throws ClientException.Untrusted {
        if (header == null) {
            throw refused("it has no header " + ReleaseStatement.HEADER + "; publish it with a publisher's key that this app pins");
        }
        ReleaseStatement statement = ReleaseStatement.read(header, model, Digests.text(Digests.sha256(manifest)));
        if (statement == null) throw refused("its header " + ReleaseStatement.HEADER + " is none");
        PinnedKey key = keys.stream().filter(one -> one.id().equals(statement.key())).findFirst().orElse(null);
        if (key == null) throw refused("its publisher's key '" + statement.key() + "' is not pinned in this app");
        byte[] signature = PinnedKey.decoded(statement.signature());
        if (signature == null || signature.length != 64 || !key.signed(statement.message(), signature)) {
            throw refused("the signature of its publisher's key '" + key.id() + "' does not fit it");
        }
        return statement;
    }

    private static void checkOrder(ReleaseStatement statement, ReleaseStatement known) throws ClientException.Untrusted {
        if (statement.counter() < known.counter()) {
            throw refused("it is the publisher's statement " + statement.counter() + ", and this device has taken " + known.counter()
                + ": it is played again");
        }
        if (statement.counter() == known.counter() && !statement.digest().equals(known.digest())) {
            throw refused("the publisher's counter " + statement.counter() + " was used twice, for another statement");
        }
        if (statement.counter() == known.counter() + 1 && !statement.previous().equals(known.digest())) {
            throw refused("the publisher's statement " + statement.counter() + " does not follow the one that this device has: the log forks");
        }
    }

    private static ClientException.Untrusted refused(String reason) { return new ClientException.Untrusted(WHAT, reason); }
}
