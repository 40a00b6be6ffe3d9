package metanetwork.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Files of weights that are none, norms of personal vectors, and sizes of questions. */
final class WeightTests {
    private static final Class<? extends Exception> UNUSABLE = ClientException.Unusable.class;

    private WeightTests() {}

    private static SafeTensors decoded(String header, int body) throws Exception {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + body).order(ByteOrder.LITTLE_ENDIAN);
        return SafeTensors.decode(file.putLong(text.length).put(text).array(), "a file", 1 << 20, 3);
    }

    /** The header of one tensor. */
    private static String one(String type, String shape, String offsets) {
        return "{\"a\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    }

    static void headersThatBreakARuleAreRefused() throws Exception {
        Check.equal(decoded(one("F32", "[1]", "[0,4]"), 4).tensors.size(), 1);
        Check.equal(decoded(one("F16", "[0,7]", "[0,0]"), 0).tensors.get("a").values().length, 0);
        Check.equal(decoded("{}", 0).tensors.size(), 0);
        String second = ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%s]}}";
        String first = one("F32", "[1]", "[0,4]");
        String beginning = first.substring(0, first.length() - 1);
        for (String span : new String[] {"0,4", "8,12", "2,6"}) {
            // As long as the last one says, and as long as both need.
            int end = Integer.parseInt(span.split(",")[1]);
            Check.refused(UNUSABLE, "", () -> decoded(beginning + String.format(second, span), end));
            Check.refused(UNUSABLE, "", () -> decoded(beginning + String.format(second, span), 8));
        }
        Check.equal(decoded(beginning + String.format(second, "4,8"), 8).tensors.size(), 2);
        for (String[] wrong : new String[][] {
            {"F32", "[1]", "[4,8]"}, {"F32", "[1]", "[4,0]"}, {"F32", "[2]", "[0,4]"}, {"F32", "[-1]", "[0,4]"},
            {"F32", "1", "[0,4]"}, {"F32", "[1.0]", "[0,4]"}, {"F32", "[true]", "[0,4]"}, {"F64", "[1]", "[0,8]"},
            {"I8", "[4]", "[0,4]"}, {"F32", "[1]", "[0]"}, {"F32", "[4611686018427387904,4]", "[0,0]"}, {"F32", "[1099511627776,4194304]", "[0,0]"}}) {
            Check.refused(UNUSABLE, "", () -> decoded(one(wrong[0], wrong[1], wrong[2]), 4));
            Check.refused(UNUSABLE, "", () -> decoded(one(wrong[0], wrong[1], wrong[2]), 0));
        }
        for (String header : new String[] {"[]", " {}", "{", "", "{\"a\":1}", "{\"__metadata__\":[]}",
            "{\"__metadata__\":{\"a\":1}}"}) {
            Check.refused(UNUSABLE, "", () -> decoded(header, 0));
        }
        Check.refused(UNUSABLE, "cut short or extended", () -> decoded(one("F32", "[1]", "[0,4]"), 5));
        String empty = "\"%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
        List<String> many = new ArrayList<>();
        for (int number = 0; number < 4; number++) many.add(String.format(empty, number));
        Check.refused(UNUSABLE, "the limit is 3", () -> decoded("{" + String.join(",", many) + "}", 0));
    }

    static void aPersonalVectorIsBoundedByTheGlobalOneOrByOneOfOnes() throws Exception {
        for (float[] norms : new float[][] {{0, 20}, {6, 60}}) {
            // Four values of v have a norm of 2v.
            Manifest manifest = vectors(norms[0] / 2);
            DynamicLayers layers = new DynamicLayers(manifest, device(norms[0] / 2));
            check(manifest, layers, norms[1] / 2 - 0.1f);
            Check.refused(UNUSABLE, "the bound is " + norms[1], () -> check(manifest, layers, norms[1] / 2 + 0.1f));
        }
    }

    private static void check(Manifest manifest, DynamicLayers layers, float value) throws Exception {
        Signer signer = new Signer();
        float[] values = {value, value, value, value};
        byte[] body = Signer.encode(Map.of("own.bias", new SafeTensors.Tensor(new long[] {4}, values)), Map.of(
            "model", "movies", "version", manifest.version(), "nonce", "n", "samples", "1", "generated", "1", "expires", "2"));
        String header = signer.sign(body, "parameters", "3", List.of());
        Parameters.check(body, header, "n", manifest, layers, new Trust(signer.pinned("k1")), 10);
    }

    private static byte[] device(float value) {
        float[] values = {value, value, value, value};
        return Signer.encode(Map.of("own.bias", new SafeTensors.Tensor(new long[] {4}, values)), Map.of());
    }

    /** A manifest of format 2 with one personal vector. */
    private static Manifest vectors(float value) throws Exception {
        byte[] device = device(value);
        String digest = Digests.text(Digests.sha256(device));
        String covered = "{\"architecture\":{\"nodes\":[{\"name\":\"own\",\"operation\":\"personal\"}]},\"files\":{"
            + "\"device.safetensors\":{\"bytes\":" + device.length + ",\"sha256\":\"" + digest + "\"},"
            + "\"vocabulary.tsv\":{\"bytes\":0,\"sha256\":\"\"}},\"format\":2,\"items\":1,\"name\":\"movies\"";
        byte[] canonical = (covered + "}").getBytes(StandardCharsets.UTF_8);
        String version = Digests.text(Digests.sha256(Trust.line("bundle", "2"), canonical));
        return new Manifest((covered + ",\"version\":\"" + version + "\"}").getBytes(StandardCharsets.UTF_8), "movies");
    }

    static void aQuestionIsNoLargerThanAServiceReads() throws Exception {
        List<String> samples = new ArrayList<>();
        for (int number = 0; number < 10_000; number++) samples.add("item/" + number + "/\"é\"" + "x".repeat(200));
        byte[] body = Messages.parametersRequest("v", samples, Messages.Format.F16, "12345678");
        List<?> sent = new Fields(Json.object(body, 2)).elements("samples");
        Check.that(body.length > 900_000 && body.length <= 1 << 20, "bytes: " + body.length);
        Check.equal(sent.get(sent.size() - 1), samples.get(9_999));
    }
}
