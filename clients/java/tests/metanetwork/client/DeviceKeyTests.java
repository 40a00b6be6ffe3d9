package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** What a device shows to get a token that only it gets: Sources/MetaNetworkWire/Messages/DeviceProof.swift. */
final class DeviceKeyTests {
    private static final Class<? extends Exception> UNUSABLE = ClientException.Unusable.class;
    /** Private key, public key, message and signature of RFC 8032, section 7.1. */
    private static final String[][] RFC = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    /** Those of the first key, made with Python's hashlib and cryptography after docs/wire.md. */
    private static final String ID = "FE6C98EF-B5C1-D2FA-FFD0-FEA4CDAC23C2";
    private static final String SIGNATURE = "ov7HMLG9BYVfhLhXGK8uluYAbBlAFOMkeIrR5Fwh8q4bdkTffhcmYpLbHrZx6s3MYqfKWKKspLF4MC1FHTnuCg==";

    private DeviceKeyTests() {}

    private static byte[] bytes(String hexadecimal) { return HexFormat.of().parseHex(hexadecimal); }

    private static KeyPair pair(int vector, int publicVector) throws Exception {
        return new KeyPair(Ed25519.publicKey(bytes(RFC[publicVector][1])), Ed25519.privateKey(bytes(RFC[vector][0])));
    }

    static void theIdFollowsFromTheKeyAndAProofIsWhatOthersMakeAndVerify() throws Exception {
        for (int vector = 0; vector < RFC.length; vector++) {
            KeyPair pair = pair(vector, vector);
            byte[] message = bytes(RFC[vector][2]);
            Check.equal(HexFormat.of().formatHex(Ed25519.sign(pair.getPrivate(), message)), RFC[vector][3]);
            Check.that(Ed25519.verify(pair.getPublic(), message, bytes(RFC[vector][3])), "the RFC's signature");
            Check.equal(HexFormat.of().formatHex(Ed25519.raw(pair.getPrivate())), RFC[vector][0]);
        }
        DeviceKey key = DeviceKey.of(pair(0, 0), 0);
        Check.equal(key.id(), ID);
        DeviceProof proof = key.proof("a-challenge", 1735689301);
        Check.equal(proof, new DeviceProof("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "a-challenge", 1735689301, SIGNATURE));
        Check.equal(new String(DeviceProof.message(ID, "a-challenge", 1735689301), StandardCharsets.UTF_8),
            "metanetwork/device/1\ndevice " + ID + "\nchallenge a-challenge\ncounter 1735689301\n");
        DeviceKey made = DeviceKey.make();
        DeviceProof other = made.proof("c", 7);
        Check.that(new PinnedKey("device", other.key()).signed(DeviceProof.message(made.id(), "c", 7),
            Base64.getDecoder().decode(other.signature())), "the signature of a new key");
        Check.that(!made.id().equals(DeviceKey.make().id()), "another key is another device");
    }

    static void proofsCountUpwardsWhateverTheClockSaysAndAfterTheKeyWasKept() throws Exception {
        DeviceKey key = DeviceKey.make();
        List<Long> counters = List.of(1_000L, 1_000L, 500L, 2_000L).stream().map(now -> key.proof("c", now).counter()).toList();
        Check.equal(counters, List.of(1_000L, 1_001L, 1_002L, 2_000L));
        DeviceKey again = DeviceKey.read(key.text(), key.counter());
        Check.equal(again.id(), key.id());
        Check.equal(again.proof("c", 0).counter(), 2_001L);
        Check.equal(DeviceKey.read(key.text(), 0).proof("c", 3_000).counter(), 3_000L);
        // Several at once count once each.
        Set<Long> all = java.util.Collections.synchronizedSet(new HashSet<>());
        List<Thread> threads = java.util.stream.IntStream.range(0, 8).mapToObj(number -> new Thread(() -> {
            for (int step = 0; step < 20; step++) all.add(key.proof("c", 0).counter());
        })).toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) thread.join();
        Check.equal(all.size(), 160);
    }

    static void whatWasKeptAndIsNoKeyIsRefused() throws Exception {
        String text = DeviceKey.of(pair(0, 0), 0).text();
        Check.equal(text, Base64.getEncoder().encodeToString(Trust.joined(bytes(RFC[0][0]), bytes(RFC[0][1]))));
        String mixed = Base64.getEncoder().encodeToString(Trust.joined(bytes(RFC[0][0]), bytes(RFC[1][1])));
        for (String damaged : List.of("", "key", text.substring(1), text.substring(0, 44), text + "\n", mixed, text.replace('n', 'o'))) {
            Check.refused(UNUSABLE, "make another", () -> DeviceKey.read(damaged, 0));
        }
        KeyPair elliptic = KeyPairGenerator.getInstance("EC").generateKeyPair();
        KeyPair own = pair(0, 0);
        for (KeyPair none : List.of(pair(0, 1), elliptic, new KeyPair(own.getPublic(), elliptic.getPrivate()),
                new KeyPair(elliptic.getPublic(), own.getPrivate()), new KeyPair(own.getPublic(), null), new KeyPair(null, own.getPrivate()))) {
            Check.refused(UNUSABLE, "no pair of Ed25519 keys", () -> DeviceKey.of(none, 0));
        }
        // A key store does not give the private half away, and gives no text of it.
        Check.equal(Ed25519.raw(new Hidden()), null);
    }

    /** A private key in a store, as Android's are. */
    private static final class Hidden implements PrivateKey {
        private static final long serialVersionUID = 1L;

        @Override public String getAlgorithm() { return "Ed25519"; }

        @Override public String getFormat() { return null; }

        @Override public byte[] getEncoded() { return null; }
    }

    static void aRequestForATokenBearsAProofOrTheIdAlone() throws Exception {
        DeviceKey key = DeviceKey.of(pair(0, 0), 0);
        String sent = new String(Messages.tokenRequest(key.id(), key.proof("a-challenge", 1735689301)), StandardCharsets.UTF_8);
        Check.equal(sent, "{\"device\":\"" + ID + "\",\"proof\":{\"challenge\":\"a-challenge\",\"counter\":1735689301,"
            + "\"key\":\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\",\"signature\":\"" + SIGNATURE + "\"}}");
        Exchange recorded = new Exchange("release", "token");
        Check.equal(Json.parse(Messages.tokenRequest("golden-device-1"), 2), recorded.request().members);
        Check.equal(Messages.token(recorded.body()).expires(), 1795867223L);
    }

    static void whatIsNoChallengeIsRefused() throws Exception {
        Check.equal(Messages.challenge("{\"challenge\": \"c\", \"expires\": 2}".getBytes(StandardCharsets.UTF_8)), "c");
        for (String nonsense : List.of("", "{}", "[]", "{\"challenge\": 1, \"expires\": 2}", "{\"challenge\": \"c\"}")) {
            Check.refused(UNUSABLE, "no challenge", () -> Messages.challenge(nonsense.getBytes(StandardCharsets.UTF_8)));
        }
    }

    static void refusalsOfProofsAreToldByTheirWord() throws Exception {
        for (String word : List.of("device-proof", "device-unproven")) {
            int status = word.equals("device-proof") ? 422 : 403;
            String body = "{\"type\": \"urn:metanetwork:problem:" + word + "\", \"title\": \"T\", \"status\": " + status
                + ", \"detail\": \"why\", \"fix\": \"how\"}";
            ClientException.Refused refusal = Messages.refusal(status, body.getBytes(StandardCharsets.UTF_8));
            Check.equal(refusal.word(), word);
            Check.equal(refusal.getMessage(), "the service answered " + status + ": why; how");
        }
    }
}
