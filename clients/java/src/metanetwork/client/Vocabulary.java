package metanetwork.client;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The file {@code vocabulary.tsv}: raw ids, and their indices from 1. Two spellings of one letter are two items. */
public final class Vocabulary {
    private final List<String> names = new ArrayList<>();
    private final Map<String, Integer> indices = new HashMap<>();

    /**
     * Reads the file.
     *
     * @param data One line an item: its raw id, a tab and its index, in order of the index from 1.
     * @param count Number of items that there must be.
     * @throws ClientException.Unusable A line is none, an id occurs twice, or there are more or fewer.
     */
    public Vocabulary(byte[] data, int count) throws ClientException.Unusable {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
        } catch (CharacterCodingException error) {
            throw new ClientException.Unusable(Manifest.VOCABULARY, "it is not UTF-8");
        }
        for (String line : text.split("\n")) {
            if (line.isEmpty()) continue;
            int index = names.size() + 1;
            String[] fields = line.split("\t", -1);
            if (index > count || fields.length != 2 || !fields[1].equals(Integer.toString(index))) {
                String reason = "line " + index + " is not a raw id, a tab and " + index;
                throw new ClientException.Unusable(Manifest.VOCABULARY, reason);
            }
            String name = unescaped(fields[0]);
            if (indices.putIfAbsent(name, index) != null) {
                String reason = "line " + index + " has a raw id that is there already; an id has one index";
                throw new ClientException.Unusable(Manifest.VOCABULARY, reason);
            }
            names.add(name);
        }
        if (names.size() != count) {
            String reason = "it has " + names.size() + " items, the manifest says " + count;
            throw new ClientException.Unusable(Manifest.VOCABULARY, reason);
        }
    }

    /** The index of a raw id; 0 for one that the model does not know. */
    public int index(String name) { return indices.getOrDefault(name, 0); }

    /** The raw id of an index; null for one that is none of the catalogue's. */
    public String name(int index) { return index >= 1 && index <= names.size() ? names.get(index - 1) : null; }

    private static String unescaped(String field) {
        if (field.indexOf('\\') < 0) return field;
        StringBuilder name = new StringBuilder();
        for (int place = 0; place < field.length(); place++) {
            char next = field.charAt(place);
            if (next == '\\' && ++place < field.length()) {
                char letter = field.charAt(place);
                next = letter == 't' ? '\t' : letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter;
            } else if (next == '\\') {
                break;  // one at the end stands for nothing
            }
            name.append(next);
        }
        return name.toString();
    }
}
