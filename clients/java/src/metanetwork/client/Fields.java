package metanetwork.client;

import java.util.List;
import java.util.Map;

/** Reads the members of a JSON object, each of which must be there and of its type. */
final class Fields {
    final Map<String, Object> members;
    private final String path;

    Fields(Map<String, Object> members) { this(members, ""); }

    private Fields(Map<String, Object> members, String path) {
        this.members = members;
        this.path = path;
    }

    /** Name of a field in the whole document. */
    String name(String key) { return path.isEmpty() ? key : path + "." + key; }

    /** Whether a member is there and not null. */
    boolean has(String key) { return members.containsKey(key) && members.get(key) != Json.NULL; }

    String text(String key) throws Json.Malformed { return read(key, String.class, "a text"); }

    long whole(String key) throws Json.Malformed { return read(key, Long.class, "a whole number"); }

    /** A whole number within bounds. */
    long whole(String key, long least, long most) throws Json.Malformed {
        long value = whole(key);
        if (value < least || value > most) {
            throw new Json.Malformed(name(key) + " is " + value + "; it must be from " + least + " to " + most);
        }
        return value;
    }

    /** A flag; false where it is missing. */
    boolean flag(String key) throws Json.Malformed { return has(key) && read(key, Boolean.class, "true or false"); }

    List<?> elements(String key) throws Json.Malformed { return read(key, List.class, "an array"); }

    @SuppressWarnings("unchecked")
    Fields fields(String key) throws Json.Malformed {
        return new Fields((Map<String, Object>) read(key, Map.class, "an object"), name(key));
    }

    /** The element of an array that is an object. */
    @SuppressWarnings("unchecked")
    static Fields of(Object element, String name) throws Json.Malformed {
        if (element instanceof Map) return new Fields((Map<String, Object>) element, name);
        throw new Json.Malformed(name + " is no object");
    }

    private <Value> Value read(String key, Class<Value> type, String what) throws Json.Malformed {
        Object value = members.get(key);
        if (type.isInstance(value)) return type.cast(value);
        throw new Json.Malformed(name(key) + " is missing or not " + what);
    }
}
