package metanetwork.client;

import java.util.Base64;

/** Models that cannot be forged: the statements that the Swift SDK's tests refuse. */
final class ReleaseTests {
    private static final Class<? extends Exception> UNTRUSTED = ClientException.Untrusted.class;
    private static final String BEGINNING = "0".repeat(64);
    private static final String MISFIT = "does not fit";

    private final Signer publisher = new Signer();
    private final Signer stranger = new Signer();
    private final byte[] body;
    private final String version;
    private final Publishers publishers;

    ReleaseTests() throws Exception {
        body = new Exchange("wire", "manifest").body();
        version = new Manifest(body, "movies").version();
        publishers = new Publishers(publisher.pinned("p1"));
    }

    private static ReleaseStatement sign(Signer signer, ReleaseStatement one) throws Exception {
        return with(one, one.version(), one.counter(), one.expires(), Base64.getEncoder().encodeToString(signer.signed(one.message())));
    }

    private static ReleaseStatement with(ReleaseStatement one, String version, long counter, long expires, String signature) {
        return new ReleaseStatement(one.model(), version, one.manifest(), counter, one.issued(), expires, one.previous(), one.key(), signature);
    }

    private ReleaseStatement made(ReleaseStatement after, long issued, long expires) {
        return new ReleaseStatement("movies", version, Digests.text(Digests.sha256(body)), after == null ? 1 : after.counter() + 1, issued,
            expires, after == null ? BEGINNING : after.digest(), "p1", "");
    }

    private void refused(String reason, String header, ReleaseStatement known) throws Exception {
        Check.refused(UNTRUSTED, reason, () -> Publishers.manifest(body, publishers.statement(header, body, "movies", known, 1_100_000)));
    }

    void forgedOnesAreRefused() throws Exception {
        ReleaseStatement first = sign(publisher, made(null, 1_000_000, 2_000_000));
        ReleaseStatement known = sign(publisher, made(first, 1_050_000, 2_000_000));
        ReleaseStatement plain = made(known, 1_100_000, 2_000_000);
        ReleaseStatement next = sign(publisher, plain);
        Check.equal(publishers.statement(next.header(), body, "movies", known, 1_100_000), next);
        refused("it has no header MetaNetwork-Release", null, known);
        refused("is none", "version=1", known);
        refused("is none", next.header() + "; counter=9", known);
        refused("is none", sign(publisher, with(plain, version, (1L << 53) + 1, 2_000_000, "")).header(), known);
        byte[] raw = Base64.getDecoder().decode(next.signature());
        raw[7] ^= 1;
        refused(MISFIT, with(next, version, 3, 2_000_000, Base64.getEncoder().encodeToString(raw)).header(), known);
        refused(MISFIT, with(next, version, 3, 2_000_001, next.signature()).header(), known);
        refused(MISFIT, with(next, version, 9, 2_000_000, next.signature()).header(), known);
        refused(MISFIT, sign(stranger, plain).header(), known);
        refused("'p9' is not pinned", next.header().replace("key=p1", "key=p9"), known);
        refused("statement is of version", sign(publisher, with(plain, "another", 3, 2_000_000, "")).header(), known);
        refused("it is played again", first.header(), known);
        refused("was used twice", sign(publisher, with(plain, version, 2, 2_000_000, "")).header(), known);
        refused("the log forks", known.header(), sign(publisher, made(null, 1_000_001, 2_000_000)));
        refused("ended 1 hours ago", sign(publisher, made(known, 1_000_000, 1_096_000)).header(), known);
        refused("has to be signed anew", sign(publisher, with(plain, version, 3, 1_100_000, "")).header(), known);
        refused("set this device's clock", sign(publisher, made(known, 1_300_000, 2_000_000)).header(), known);
        byte[] other = new Exchange("codes", "manifest").body();
        Check.refused(UNTRUSTED, MISFIT, () -> publishers.statement(next.header(), other, "movies", known, 1_100_000));
        Check.refused(UNTRUSTED, MISFIT, () -> publishers.statement(next.header(), body, "songs", known, 1_100_000));
    }

    void whatWasTakenIsGoodOfflineAndKeysRotate() throws Exception {
        ReleaseStatement first = sign(publisher, made(null, 1_000_000, 2_000_000));
        Check.equal(publishers.signed(first.header(), body, "movies"), first);
        Publishers both = new Publishers(publisher.pinned("p1"), stranger.pinned("p2"));
        ReleaseStatement plain = made(first, 1_000_500, 2_000_000);
        ReleaseStatement second = sign(stranger, new ReleaseStatement("movies", version, plain.manifest(), 2, plain.issued(),
            plain.expires(), plain.previous(), "p2", ""));
        Check.equal(both.statement(second.header(), body, "movies", first, 1_001_000), second);
        Publishers later = new Publishers(stranger.pinned("p2"));
        Check.refused(UNTRUSTED, "'p1' is not pinned", () -> later.signed(first.header(), body, "movies"));
    }
}
