package metanetwork.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A request to a released service and its answer, as scripts/record-golden kept them in a folder for each label. */
final class Exchange {
    static final List<String> WIRES = List.of("wire", "wire-3");
    /** The checkout. */
    static Path root = Path.of("../..");

    final String name;
    private final Path folder;
    private final Fields members;

    Exchange(String wire, String name) throws Exception {
        this.name = name;
        folder = root.resolve("Tests/Golden").resolve(wire);
        members = new Fields(Json.object(Files.readAllBytes(folder.resolve(name + ".json")), Json.DEPTH));
    }

    static List<Exchange> all(String wire, String prefix) throws Exception {
        List<Exchange> found = new ArrayList<>();
        try (Stream<Path> paths = Files.list(root.resolve("Tests/Golden").resolve(wire)).sorted()) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                String file = path.getFileName().toString();
                if (file.startsWith(prefix) && file.endsWith(".json")) {
                    found.add(new Exchange(wire, file.substring(0, file.length() - ".json".length())));
                }
            }
        }
        return found;
    }

    Trust trust() throws Exception {
        String[] key = members.text("key").split("=", 2);
        return new Trust(new PinnedKey(key[0], key[1]));
    }

    Fields request() throws Exception { return new Fields(Json.object(body("request"), Json.DEPTH)); }

    byte[] body() throws Exception { return body("response"); }

    int status() throws Exception { return (int) members.fields("response").whole("status"); }

    String signature() throws Exception {
        Fields headers = members.fields("response").fields("headers");
        return headers.has("metanetwork-signature") ? headers.text("metanetwork-signature") : null;
    }

    private byte[] body(String message) throws Json.Malformed, IOException {
        Fields fields = members.fields(message);
        if (fields.has("file")) return Files.readAllBytes(folder.resolve(fields.text("file")));
        if (fields.has("text")) return fields.text("text").getBytes(StandardCharsets.UTF_8);
        return " ".repeat(fields.has("spaces") ? (int) fields.whole("spaces") : 0).getBytes(StandardCharsets.UTF_8);
    }
}
