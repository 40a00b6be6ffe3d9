package metanetwork.client;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The contents of a bundle's {@code manifest.json}, checked as far as a device needs it without an interpreter. */
public final class Manifest {
    /** Name of the file with static and global dynamic weights. */
    public static final String DEVICE = "device.safetensors";
    /** Name of the file with raw ids. */
    public static final String VOCABULARY = "vocabulary.tsv";

    private static final int MANIFEST_BYTES = 1 << 20;
    private static final Map<String, Long> FILE_BYTES = Map.of(
        DEVICE, 256L << 20, VOCABULARY, 64L << 20, "gate.safetensors", 1L << 20, "switcher.safetensors", 1L << 20,
        "prompt.safetensors", 4L << 20, "basis.safetensors", 256L << 20);
    private static final List<String> ROLES = List.of("device", "generator", "vocabulary", "gate", "switcher", "prompt", "basis");
    private static final long LARGEST = Integer.MAX_VALUE;

    /** Size in bytes, and SHA-256 in hexadecimal, of a file. */
    public record File(long bytes, String sha256) {}

    private final String name;
    private final String version;
    private final int items;
    private final int window;
    private final Map<String, File> files = new TreeMap<>();
    /** The JSON of the device model. */
    final Fields architecture;

    /**
     * Reads and checks a manifest whose signature was checked: size, fields, names and roles of files, sizes, and the version.
     *
     * @param body The manifest as it came.
     * @param model The name that the model must have.
     * @throws ClientException.Unusable It cannot be used; the message says which field is wrong.
     */
    public Manifest(byte[] body, String model) throws ClientException.Unusable {
        try {
            if (body.length > MANIFEST_BYTES) {
                throw new Json.Malformed("it has " + body.length + " bytes, the limit is " + MANIFEST_BYTES);
            }
            Fields fields = new Fields(Json.object(body, Json.DEPTH));
            long format = fields.whole("format", 1, 2);
            name = fields.text("name");
            if (!isPlain(name) || !name.equals(model)) throw new Json.Malformed("it is that of the model '" + name + "'");
            version = fields.text("version");
            boolean hasOutputs = fields.has("outputs");
            if (hasOutputs) checkOutputs(fields.fields("outputs"));
            items = (int) fields.whole("items", hasOutputs ? 0 : 1, LARGEST - 1);
            window = fields.has("generator") ? window(fields.fields("generator")) : 0;
            architecture = fields.fields("architecture");
            int nodes = architecture.elements("nodes").size();
            if (nodes < 1 || nodes > 1024) throw new Json.Malformed("the number of architecture.nodes is " + nodes);
            readFiles(fields.fields("files"));
            if (!version(fields, format).equals(version)) {
                throw new Json.Malformed("its version is not that of its contents; fetch the bundle again");
            }
        } catch (Json.Malformed error) {
            throw new ClientException.Unusable("the manifest", error.getMessage());
        }
    }

    /** Name of the model. */
    public String name() { return name; }

    /** The version: a SHA-256 in hexadecimal. */
    public String version() { return version; }

    /** Number of items in the catalogue; 0 where the model reads vectors. */
    public int items() { return items; }

    /** Number of recent samples that the service reads; 0 where it has no generator for this version. */
    public int window() { return window; }

    /** The files by name. */
    public Map<String, File> files() { return Map.copyOf(files); }

    /**
     * Checks a file's size and digest.
     *
     * @throws ClientException.Untrusted It is another than the manifest's.
     * @throws ClientException.Unusable The manifest does not list it.
     */
    public void checkFile(String file, byte[] contents) throws ClientException {
        File entry = files.get(file);
        if (entry == null) throw new ClientException.Unusable("the manifest", "it does not list " + file);
        if (contents.length != entry.bytes || !Digests.text(Digests.sha256(contents)).equals(entry.sha256)) {
            throw new ClientException.Untrusted(file, "its size or digest is not the manifest's");
        }
    }

    private static int window(Fields generator) throws Json.Malformed {
        int bytes = generator.text("form").getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > 64) throw new Json.Malformed("generator.form has " + bytes + " bytes; it may have 1 to 64");
        generator.whole("width", 1, 4096);
        generator.whole("rank", 1, 4096);
        if (generator.has("helps")) {
            Fields helps = generator.fields("helps");
            helps.whole("samples", 0, LARGEST);
            if (helps.has("seconds")) helps.whole("seconds", 0, LARGEST);
        }
        return (int) generator.whole("window", 1, 10_000);
    }

    private static void checkOutputs(Fields outputs) throws Json.Malformed {
        if (!List.of("classification", "regression").contains(outputs.text("kind"))) {
            throw new Json.Malformed("outputs.kind must be 'classification' or 'regression'");
        }
        List<?> names = outputs.elements("names");
        Set<Object> known = new HashSet<>();
        for (Object name : names) {
            if (!(name instanceof String text) || text.getBytes(StandardCharsets.UTF_8).length > 1024 || !known.add(name)) {
                throw new Json.Malformed("outputs.names holds texts of up to 1024 bytes, each once");
            }
        }
        if (names.isEmpty() || names.size() > 65_536) throw new Json.Malformed("the number of outputs.names is " + names.size());
    }

    private void readFiles(Fields fields) throws Json.Malformed {
        int count = fields.members.size();
        if (count < 1 || count > 64) throw new Json.Malformed("the number of files is " + count + "; it must be from 1 to 64");
        Set<String> known = new HashSet<>();
        for (String file : fields.members.keySet()) {
            // Two names that differ in case alone are one file on some disks.
            if (!isPlain(file) || List.of("manifest.json", "provenance.json").contains(file)
                || !known.add(file.toLowerCase(Locale.ROOT))) {
                throw new Json.Malformed("it lists a file '" + file + "', which no file may be called, or twice");
            }
            Fields entry = fields.fields(file);
            long bytes = entry.whole("bytes", 0, FILE_BYTES.getOrDefault(file, 1L << 40));
            files.put(file, new File(bytes, entry.text("sha256")));
            if (entry.has("role")) checkRole(file, entry.text("role"));
        }
        for (String needed : List.of(DEVICE, VOCABULARY)) {
            if (!files.containsKey(needed)) throw new Json.Malformed("it does not list " + needed);
        }
    }

    private static void checkRole(String file, String role) throws Json.Malformed {
        for (String known : ROLES) {
            String only = known + (known.equals("vocabulary") ? ".tsv" : ".safetensors");
            if (known.equals(role) != only.equals(file)) {
                throw new Json.Malformed("it gives the file '" + file + "' the role '" + role + "', which is another's");
            }
        }
    }

    private String version(Fields fields, long format) {
        if (format == 1) {
            StringBuilder lines = new StringBuilder();
            files.forEach((file, entry) -> lines.append(file).append(' ').append(entry.sha256).append('\n'));
            return Digests.text(Digests.sha256(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
        Map<String, Object> covered = new TreeMap<>(fields.members);
        covered.remove("version");
        return Digests.text(Digests.sha256(Trust.line("bundle", "2"), Json.canonical(covered)));
    }

    /** Whether a model or a file may have a name: 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'. */
    static boolean isPlain(String name) {
        return !name.isEmpty() && name.length() <= 64 && !name.startsWith(".")
            && name.chars().allMatch(one -> one < 0x80 && (Character.isLetterOrDigit(one) || "-_.".indexOf(one) >= 0));
    }
}
