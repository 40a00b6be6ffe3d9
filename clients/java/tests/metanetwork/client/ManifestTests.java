package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Manifests, versions, vocabularies and JSON. */
final class ManifestTests {
    private static final Class<? extends Exception> UNUSABLE = ClientException.Unusable.class;

    private ManifestTests() {}

    /** The recorded manifest in format 2, changed, with the version of its contents. */
    @SuppressWarnings("unchecked")
    private static Manifest changed(Consumer<Map<String, Object>> change) throws Exception {
        Map<String, Object> members = Json.object(new Exchange("wire", "manifest").body(), Json.DEPTH);
        members.put("format", 2L);
        members.remove("version");
        change.accept(members);
        if (!members.containsKey("version")) {
            members.put("version", Digests.text(Digests.sha256(Trust.line("bundle", "2"), Json.canonical(members))));
        }
        return new Manifest(Json.canonical(members), "movies");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> inside(Map<String, Object> members, String... path) {
        for (String key : path) members = (Map<String, Object>) members.get(key);
        return members;
    }

    static void fieldsAreCheckedAndCoveredByTheVersion() throws Exception {
        Check.equal(changed(members -> { }).items(), 120);
        Check.equal(changed(members -> members.put("later", List.of(0.2, true, Json.NULL))).window(), 6);
        Check.equal(changed(members -> members.remove("generator")).window(), 0);
        Check.refused(UNUSABLE, "not that of its contents", () -> changed(members -> members.put("version", "ab".repeat(32))));
        for (Object bad : new Object[] {-1L, 0L, Long.MAX_VALUE, Long.MIN_VALUE, 1e300, 0.5, "text", List.of(), Json.NULL,
            true}) {
            for (String field : new String[] {"window", "width", "rank"}) {
                Check.refused(UNUSABLE, "generator." + field, () -> changed(
                    members -> inside(members, "generator").put(field, bad)));
            }
            Check.refused(UNUSABLE, "items", () -> changed(members -> members.put("items", bad)));
            Check.refused(UNUSABLE, "format", () -> changed(members -> members.put("format", bad)));
            Check.refused(UNUSABLE, "", () -> changed(members -> members.put("name", bad)));
            if (!Long.valueOf(0).equals(bad)) {
                Check.refused(UNUSABLE, "bytes", () -> changed(
                    members -> inside(members, "files", Manifest.DEVICE).put("bytes", bad)));
            }
        }
        Check.refused(UNUSABLE, "10001", () -> changed(members -> inside(members, "generator").put("window", 10_001L)));
        Check.refused(UNUSABLE, "the model", () -> new Manifest(new Exchange("wire", "manifest").body(), "songs"));
        Check.refused(UNUSABLE, "the limit is", () -> new Manifest(new byte[2 << 20], "movies"));
        for (String key : new String[] {"files", "architecture", "name", "items", "format"}) {
            Check.refused(UNUSABLE, key, () -> changed(members -> members.remove(key)));
        }
    }

    static void filesHavePlainNamesAndTheirOwnRoles() throws Exception {
        Map<String, Object> entry = Map.of("bytes", 9L, "sha256", "ab".repeat(32), "role", "patch");
        Check.equal(changed(members -> inside(members, "files").put("patch.safetensors", entry)).files().size(), 4);
        for (String name : new String[] {"../patch", ".hidden", "a b", "manifest.json", "DEVICE.safetensors", "x".repeat(65), "",
            "gate.safetensors", "é"}) {
            Check.refused(UNUSABLE, "file", () -> changed(members -> inside(members, "files").put(name, entry)));
        }
        Check.refused(UNUSABLE, "role", () -> changed(members -> inside(members, "files", Manifest.DEVICE).put("role", "gate")));
        Check.refused(UNUSABLE, "it does not list", () -> changed(members -> inside(members, "files").remove(Manifest.DEVICE)));
    }

    static void theVersionIsWhatAnyOtherImplementationComputes() throws Exception {
        // The same document and digest as in the Swift SDK's tests.
        String document = "{\"format\":2,\"name\":\"films\",\"items\":3,\"files\":{\"vocabulary.tsv\":{\"sha256\":\"bb\","
            + "\"bytes\":2,\"role\":\"vocabulary\"},\"device.safetensors\":{\"role\":\"device\",\"bytes\":1,\"sha256\":\"aa\"}},"
            + "\"architecture\":{\"name\":\"é\\n\"},\"generator\":{\"window\":6}}";
        byte[] canonical = Json.canonical(Json.parse(document.getBytes(StandardCharsets.UTF_8), Json.DEPTH));
        Check.equal(Digests.text(Digests.sha256(Trust.line("bundle", "2"), canonical)),
            "4deca4664a5ced205f3b0cf9bbc8f4bfd9cc9379d03c52bd1912e9ec917aa03c");
        Object members = Json.parse("{\"é\":[],\"z\":{},\"\ud83d\ude00\":null}".getBytes(StandardCharsets.UTF_8), 2);
        Check.equal(new String(Json.canonical(members), StandardCharsets.UTF_8), "{\"z\":{},\"é\":[],\"\ud83d\ude00\":null}");
    }

    static void numbersAreThoseThatSwiftPrints() throws Exception {
        Map<String, String> numbers = new LinkedHashMap<>(Map.of("1", "1", "1.0", "1.0", "0.2", "0.2", "-0", "-0.0",
            "1E2", "100.0", "0.0001", "0.0001", "0.00001", "1e-05", "1e-7", "1e-07", "9007199254740992.0", "9007199254740992.0"));
        numbers.putAll(Map.of("9007199254740994.0", "9.007199254740994e+15", "-9.5e15", "-9.5e+15", "1e16", "1e+16",
            "18014398509481988.0", "1.8014398509481988e+16", "1e100", "1e+100", "9223372036854775808", "9.223372036854776e+18",
            "5.684341886080802e-14", "5.684341886080802e-14", "2e23", "2e+23", "0.1234567890123456", "0.1234567890123456"));
        for (Map.Entry<String, String> number : numbers.entrySet()) {
            byte[] canonical = Json.canonical(Json.parse(number.getKey().getBytes(StandardCharsets.UTF_8), 1));
            Check.equal(new String(canonical, StandardCharsets.UTF_8), number.getValue());
        }
    }

    static void whatIsNoJsonIsRefused() throws Exception {
        List<byte[]> documents = new ArrayList<>();
        for (String text : new String[] {"", "{", "[1,]", "NaN", "{\"a\":1,\"a\":2}", "1e999", "\"\\ud800\"", "01", "'a'",
            "\"\u0001\"", "[".repeat(100_000), "[".repeat(33) + "]".repeat(33), "1 2",
            "\"\\x\"", "\"\\u12g4\"", "-", "1.", "tru"}) {
            documents.add(text.getBytes(StandardCharsets.UTF_8));
        }
        documents.add(new byte[] {'"', (byte) 0xFF, '"'});
        for (byte[] document : documents) {
            Check.refused(Json.Malformed.class, "", () -> Json.parse(document, Json.DEPTH));
        }
        Check.equal(Json.parse("[\"\\ud83d\\ude00\\/\"]".getBytes(StandardCharsets.UTF_8), 1), List.of("\ud83d\ude00/"));
    }

    static void vocabulariesAreReadAsTrainingWroteThem() throws Exception {
        byte[] text = "e\u0301\t1\n\u00e9\t2\na\\tb\\\\\t3\n".getBytes(StandardCharsets.UTF_8);
        Vocabulary vocabulary = new Vocabulary(text, 3);
        Map<String, Integer> expected = Map.of("e\u0301", 1, "\u00e9", 2, "a\tb\\", 3, "?", 0);
        expected.forEach((name, index) -> Check.equal(vocabulary.index(name), index));
        Check.equal(vocabulary.name(3), "a\tb\\");
        Check.equal(vocabulary.name(4), null);
        for (String bad : new String[] {"a\t2\n", "a 1\n", "a\t1\nb\t3\n", "a\t1\n", "", "a\t1\na\t2\n", "a\t1\nb\t2\nc\t3\n"}) {
            Check.refused(UNUSABLE, "vocabulary.tsv", () -> new Vocabulary(bad.getBytes(StandardCharsets.UTF_8), 2));
        }
        Check.refused(UNUSABLE, "UTF-8", () -> new Vocabulary(new byte[] {(byte) 0xFF, '\t', '1', '\n'}, 1));
    }

    static void weightsAreThoseOfThePythonPackageBitForBit() throws Exception {
        var folder = Exchange.root.resolve("Tests/MetaNetworkTests/Fixtures");
        SafeTensors mixed = SafeTensors.decode(Files.readAllBytes(folder.resolve("mixed.safetensors")), "a file", 1 << 20, 10);
        Fields expected = new Fields(Json.object(Files.readAllBytes(folder.resolve("mixed.json")), Json.DEPTH));
        Check.equal(mixed.metadata, expected.fields("metadata").members);
        Check.equal(mixed.tensors.keySet(), expected.fields("tensors").members.keySet());
        for (Map.Entry<String, SafeTensors.Tensor> tensor : mixed.tensors.entrySet()) {
            Fields fields = expected.fields("tensors").fields(tensor.getKey());
            List<Object> bits = new ArrayList<>();
            for (float value : tensor.getValue().values()) bits.add(Float.floatToRawIntBits(value) & 0xFFFFFFFFL);
            Check.equal(bits, fields.elements("bits"));
            Check.equal(Arrays.stream(tensor.getValue().shape()).boxed().toList(), fields.elements("shape"));
        }
        Check.refused(UNUSABLE, "is I8", () -> SafeTensors.decode(
            Files.readAllBytes(folder.resolve("integers.safetensors")), "a file", 1 << 20, 10));
    }
}
