package metanetwork.client;

import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Weights that must not be used: the forgeries that the Swift SDK's tests refuse. */
final class ForgeryTests {
    private static final Class<? extends Exception> UNTRUSTED = ClientException.Untrusted.class;
    private static final Class<? extends Exception> UNUSABLE = ClientException.Unusable.class;
    private static final String MISFIT = "does not fit its bytes";
    private static final String FORM = "is not 'label:key-id=base64'";

    private final Signer signer = new Signer();
    private final Manifest manifest;
    private final DynamicLayers layers;

    /** An answer on its way, and what is done to it. */
    private static final class Forged {
        final Map<String, SafeTensors.Tensor> tensors = new HashMap<>();
        final Map<String, String> metadata = new HashMap<>();
        UnaryOperator<byte[]> body = bytes -> bytes;
        UnaryOperator<byte[]> tamper = bytes -> bytes;
        UnaryOperator<String> signature = header -> header;
        String subject = "parameters";
        String label = "3";
        List<byte[]> neighbours = List.of();
    }

    ForgeryTests() throws Exception {
        manifest = new Manifest(new Exchange("wire", "manifest").body(), "movies");
        layers = new DynamicLayers(manifest, new Exchange("wire", "device").body());
    }

    private Parameters check(Consumer<Forged> change) throws Exception {
        Forged answer = new Forged();
        for (DynamicLayers.Layer layer : layers.layers) {
            layer.tensors().forEach((name, shape) -> {
                int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
                float[] values = new float[count];
                Arrays.fill(values, 0.25f);
                answer.tensors.put(name, new SafeTensors.Tensor(shape, values));
            });
        }
        answer.metadata.putAll(Map.of("model", "movies", "version", manifest.version(), "nonce", "our-nonce", "samples", "3",
            "generated", "1000000", "expires", "1003600"));
        change.accept(answer);
        byte[] body = answer.body.apply(Signer.encode(answer.tensors, answer.metadata));
        String header = answer.signature.apply(signer.sign(body, answer.subject, answer.label, answer.neighbours));
        byte[] sent = answer.tamper.apply(body);
        return Parameters.check(sent, header, "our-nonce", manifest, layers, new Trust(signer.pinned("k1")), 10);
    }

    private void refused(Class<? extends Exception> type, String reason, Consumer<Forged> change) throws Exception {
        Check.refused(type, reason, () -> check(change));
    }

    /** A header with a changed byte of the signature or of the path behind it, and with more or fewer bytes. */
    private static String damaged(String header, int place, int count) {
        int end = header.indexOf('=') + 1;
        byte[] raw = Base64.getDecoder().decode(header.substring(end));
        raw[place] ^= 1;
        raw = Arrays.copyOf(raw, raw.length + count);
        return header.substring(0, end) + Base64.getEncoder().encodeToString(raw);
    }

    void signatures() throws Exception {
        refused(UNTRUSTED, "has no header", forged -> forged.signature = header -> null);
        for (String nonsense : new String[] {"k1=*", "nonsense", "", "=AAAA", "3:k1=", "3:=AAAA", "k1=AB=="}) {
            refused(UNTRUSTED, FORM, forged -> forged.signature = header -> nonsense);
        }
        for (String label : new String[] {"4:", "2:", "03:", "+3:", ":"}) {
            refused(UNTRUSTED, FORM, forged -> forged.signature = header -> header.replace("3:", label));
        }
        refused(UNTRUSTED, MISFIT, forged -> forged.signature = header -> header.replace("3:", ""));
        refused(UNTRUSTED, "'k2' is not pinned", forged -> forged.signature = header -> header.replace("k1=", "k2="));
        refused(UNTRUSTED, MISFIT, forged -> forged.subject = "manifest");
        refused(UNTRUSTED, MISFIT, forged -> forged.tamper = body -> {
            byte[] flipped = body.clone();
            flipped[flipped.length - 1] ^= 1;
            return flipped;
        });
        refused(UNTRUSTED, MISFIT, forged -> forged.tamper = body -> Arrays.copyOf(body, body.length - 1));
        refused(UNTRUSTED, MISFIT, forged -> forged.tamper = body -> new byte[0]);
        for (int[] damage : new int[][] {{0, 0}, {0, -60}, {0, 33}, {63, 0}}) {
            refused(UNTRUSTED, MISFIT, forged -> forged.signature = header -> damaged(header, damage[0], damage[1]));
        }
        for (int place : new int[] {64, 65, 96}) {
            refused(UNTRUSTED, MISFIT, forged -> {
                forged.neighbours = List.of(new byte[0], new byte[0]);
                forged.signature = header -> damaged(header, place, 0);
            });
        }
        refused(UNTRUSTED, MISFIT, forged -> {
            forged.neighbours = List.of(new byte[0], new byte[0]);
            forged.tamper = body -> new byte[0];
        });
    }

    void aPathHas32StepsAtMostAndEachNeighbourStandsOnOneOfTwoSides() throws Exception {
        Trust trust = new Trust(signer.pinned("k1"));
        for (int steps : new int[] {0, 1, 32}) trust.check(new byte[] {1}, chain(steps, 1), Trust.Kind.ANSWER);
        for (int[] wrong : new int[][] {{33, 1}, {1, 0}, {1, 2}, {1, -1}}) {
            String header = chain(wrong[0], wrong[1]);
            Check.refused(UNTRUSTED, MISFIT, () -> trust.check(new byte[] {1}, header, Trust.Kind.ANSWER));
        }
    }

    /** The header of an answer below so many neighbours on the right, which it says stand on a side. */
    private String chain(int steps, int side) throws Exception {
        byte[] node = Digests.sha256(Trust.line("leaf", "3"), new byte[] {1});
        byte[] path = new byte[33 * steps];
        for (int step = 0; step < steps; step++) {
            node = Digests.sha256(Trust.line("node", "3"), node, new byte[32]);
            path[33 * step] = (byte) side;
        }
        byte[] signature = signer.signed(Trust.joined(Trust.line("answer", "3"), node));
        return "3:k1=" + Base64.getEncoder().encodeToString(Trust.joined(signature, path));
    }

    void contents() throws Exception {
        refused(UNUSABLE, "cut short", forged -> forged.body = body -> Arrays.copyOf(body, body.length - 1));
        refused(UNUSABLE, "cut short", forged -> forged.body = body -> new byte[0]);
        refused(UNUSABLE, "the limit is", forged -> forged.body = body -> Arrays.copyOf(body, 5 << 20));
        for (String key : new String[] {"model", "version", "nonce", "samples", "generated", "expires"}) {
            refused(UNUSABLE, "metadata lack the " + key, forged -> forged.metadata.remove(key));
        }
        refused(UNUSABLE, "metadata lack", forged -> forged.metadata.put("expires", "9".repeat(30)));
        refused(UNUSABLE, "for the model 'songs'", forged -> forged.metadata.put("model", "songs"));
        refused(UNUSABLE, "for the version 1", forged -> forged.metadata.put("version", "1"));
        refused(UNUSABLE, "another request", forged -> forged.metadata.put("nonce", "somebody else's"));
        refused(UNUSABLE, "expire at", forged -> forged.metadata.put("expires", "1000000"));
        refused(UNUSABLE, "expire at", forged -> forged.metadata.put("generated", "-9223372036854775808"));
        refused(UNUSABLE, "no tensor 'hidden.bias'", forged -> forged.tensors.remove("hidden.bias"));
        refused(UNUSABLE, "not dynamic layers", tensor("items.embedding", 0));
        refused(UNUSABLE, "has shape [2]", tensor("user.bias", 0, 0));
        refused(UNUSABLE, "not a finite number", tensor("user.bias", 0, Float.NaN, 0, 0));
        refused(UNUSABLE, "not a finite number", tensor("user.bias", 0, Float.POSITIVE_INFINITY, 0, 0));
        refused(UNUSABLE, "the bound is", tensor("user.bias", 1000, 0, 0, 0));
    }

    private static Consumer<Forged> tensor(String name, float... values) {
        return forged -> forged.tensors.put(name, new SafeTensors.Tensor(new long[] {values.length}, values));
    }

    void honestOnesAreUsedAloneAndTogetherInBothLabels() throws Exception {
        for (String label : new String[] {"2", "3"}) {
            for (int others = 0; others < 6; others++) {
                byte[][] neighbours = new byte[others][1];
                Parameters parameters = check(forged -> {
                    forged.label = label;
                    forged.neighbours = List.of(neighbours);
                });
                Check.equal(parameters.lifetime(), 3600L);
            }
        }
    }

    void keysRotateAndAreKeys() throws Exception {
        Signer other = new Signer();
        byte[] body = {1};
        String header = signer.sign(body, "answer", "3", List.of());
        new Trust(other.pinned("k0"), signer.pinned("k1")).check(body, header, Trust.Kind.ANSWER);
        Check.refused(UNTRUSTED, MISFIT, () -> new Trust(other.pinned("k1")).check(body, header, Trust.Kind.ANSWER));
        Check.refused(UNTRUSTED, MISFIT, () -> new Trust(signer.pinned("k1")).check(body, header, Trust.Kind.MANIFEST));
        Check.refused(UNTRUSTED, "not pinned", () -> new Trust().check(body, header, Trust.Kind.ANSWER));
        for (String key : new String[] {"AAAA", "no base64", "", "é"}) {
            Check.refused(ClientException.InvalidKey.class, "32 bytes", () -> new PinnedKey("k1", key));
        }
    }

    void noDamageEndsTheApp() throws Exception {
        Random random = new Random(6);
        byte[] body = Signer.encode(Map.of("a", new SafeTensors.Tensor(new long[] {2, 2}, new float[4])), Map.of("k", "v"));
        byte[] document = new Exchange("wire", "manifest").body();
        for (int number = 0; number < 4_000; number++) {
            byte[] damaged = (number % 2 == 0 ? body : document).clone();
            for (int times = 0; times < 3; times++) damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            try {
                if (number % 2 == 0) SafeTensors.decode(damaged, "a file", 1 << 20, 10); else new Manifest(damaged, "movies");
            } catch (ClientException error) {
                continue;
            }
        }
    }
}
