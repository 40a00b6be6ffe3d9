package metanetwork.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The safetensors format, as far as weights need it: F32, F16, and I8 with a scale for each column. */
public final class SafeTensors {
    private static final String METADATA = "__metadata__";
    private static final int HEADER_BYTES = 1 << 20;
    private static final int DEPTH = 3;

    /** The values of one parameter, row by row, and the sizes of its dimensions. */
    public record Tensor(long[] shape, float[] values) {
        /** Whether all values are finite numbers. */
        boolean isFinite() {
            for (float value : values) if (!Float.isFinite(value)) return false;
            return true;
        }

        /** The sum of the squares of the values. */
        double squares() {
            double sum = 0;
            for (float value : values) sum += (double) value * value;
            return sum;
        }
    }

    private record Entry(String name, String type, long[] shape, long begin, long end) {
        int width() { return type.equals("F32") ? 4 : type.equals("F16") ? 2 : 1; }
    }

    /** The tensors by name. */
    public final Map<String, Tensor> tensors;
    /** The strings of the file's metadata. */
    public final Map<String, String> metadata;

    private SafeTensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * Reads weights. Accepts what the format allows and nothing else; whether values are finite is for the caller to check.
     *
     * @param data The whole file.
     * @param what How errors call it.
     * @param maximumBytes Longest file that is accepted.
     * @param maximumTensors Maximum number of tensors.
     * @throws ClientException.Unusable The bytes are something else, are cut short, or exceed a limit.
     */
    public static SafeTensors decode(byte[] data, String what, int maximumBytes, int maximumTensors)
        throws ClientException.Unusable {
        try {
            if (data.length > maximumBytes) {
                throw new Json.Malformed("it has " + data.length + " bytes, the limit is " + maximumBytes);
            }
            return decode(data, maximumTensors);
        } catch (Json.Malformed error) {
            throw new ClientException.Unusable(what, "safetensors: " + error.getMessage());
        }
    }

    private static SafeTensors decode(byte[] data, int maximumTensors) throws Json.Malformed {
        long length = data.length < 8 ? -1 : ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > data.length - 8) throw new Json.Malformed("the file was cut short or is of another format");
        if (length > HEADER_BYTES) throw new Json.Malformed("its header has " + length + " bytes, the limit is " + HEADER_BYTES);
        byte[] header = Arrays.copyOfRange(data, 8, 8 + (int) length);
        if (header.length == 0 || header[0] != '{') throw new Json.Malformed("the header must begin with '{'");
        Map<String, Object> members = Json.object(header, DEPTH);
        Map<String, String> metadata = metadata(members.remove(METADATA));
        if (members.size() > maximumTensors) {
            throw new Json.Malformed(members.size() + " tensors, the limit is " + maximumTensors);
        }
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, Object> member : members.entrySet()) entries.add(entry(member.getKey(), member.getValue()));
        checkContiguous(entries, data.length - 8 - length);
        ByteBuffer body = ByteBuffer.wrap(data, 8 + (int) length, data.length - 8 - (int) length).slice();
        body.order(ByteOrder.LITTLE_ENDIAN);
        Map<String, Tensor> tensors = new HashMap<>();
        for (Entry entry : entries) tensors.put(entry.name, new Tensor(entry.shape, values(entry, body)));
        for (Entry entry : entries) if (entry.type.equals("I8")) scale(entry, tensors);
        return new SafeTensors(tensors, metadata);
    }

    private static Map<String, String> metadata(Object value) throws Json.Malformed {
        Map<String, String> strings = new HashMap<>();
        if (value == null) return strings;
        for (Map.Entry<String, Object> member : Fields.of(value, METADATA).members.entrySet()) {
            if (!(member.getValue() instanceof String text)) throw new Json.Malformed(METADATA + " holds what is no string");
            strings.put(member.getKey(), text);
        }
        return strings;
    }

    private static Entry entry(String name, Object value) throws Json.Malformed {
        Fields fields = Fields.of(value, name);
        String type = fields.text("dtype");
        if (!List.of("F32", "F16", "I8").contains(type)) {
            throw new Json.Malformed("tensor '" + name + "' has type " + type + ", this client reads F32, F16 and scaled I8");
        }
        long[] shape = sizes(fields, "shape");
        long[] offsets = sizes(fields, "data_offsets");
        if (offsets.length != 2 || offsets[0] > offsets[1]) throw new Json.Malformed("tensor '" + name + "' has no span");
        Entry entry = new Entry(name, type, shape, offsets[0], offsets[1]);
        long needed = entry.width();
        try {
            boolean isEmpty = Arrays.stream(shape).anyMatch(size -> size == 0);
            for (long size : shape) needed = isEmpty ? 0 : Math.multiplyExact(needed, size);
        } catch (ArithmeticException error) {
            throw new Json.Malformed("the size of tensor '" + name + "' does not fit 64 bits");
        }
        if (needed != offsets[1] - offsets[0]) {
            throw new Json.Malformed("tensor '" + name + "' needs " + needed + " bytes, and spans " + (offsets[1] - offsets[0]));
        }
        return entry;
    }

    private static long[] sizes(Fields fields, String key) throws Json.Malformed {
        List<?> elements = fields.elements(key);
        long[] sizes = new long[elements.size()];
        for (int place = 0; place < sizes.length; place++) {
            if (!(elements.get(place) instanceof Long size) || size < 0) {
                throw new Json.Malformed(fields.name(key) + " must hold integers of 0 or more");
            }
            sizes[place] = size;
        }
        return sizes;
    }

    /** Sorts entries by their values, which must cover the bytes without hole or overlap. */
    private static void checkContiguous(List<Entry> entries, long size) throws Json.Malformed {
        // A tensor of no bytes lies before one that begins at the same place.
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : entries) {
            if (entry.begin != end) throw new Json.Malformed("tensor '" + entry.name + "' does not begin where another ends");
            end = entry.end;
        }
        if (end != size) {
            String reason = "the header describes " + end + " bytes, " + size + " are there; it was cut short or extended";
            throw new Json.Malformed(reason);
        }
    }

    private static float[] values(Entry entry, ByteBuffer body) {
        float[] values = new float[(int) ((entry.end - entry.begin) / entry.width())];
        int first = (int) entry.begin;
        for (int place = 0; place < values.length; place++) {
            values[place] = switch (entry.type) {
                case "F32" -> body.getFloat(first + 4 * place);
                case "F16" -> half(body.getShort(first + 2 * place));
                default -> body.get(first + place);
            };
        }
        return values;
    }

    /** The value of an IEEE 754 half; Java has a function of its own from 20 on. */
    static float half(short bits) {
        int exponent = bits >> 10 & 0x1F;
        int fraction = bits & 0x3FF;
        int sign = (bits & 0x8000) << 16;
        if (exponent == 0) return Math.copySign(fraction * 0x1p-24f, Float.intBitsToFloat(sign));
        if (exponent == 31) return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
        return Float.intBitsToFloat(sign | exponent + 112 << 23 | fraction << 13);
    }

    private static void scale(Entry entry, Map<String, Tensor> tensors) throws Json.Malformed {
        long columns = entry.shape.length == 0 ? 1 : entry.shape[entry.shape.length - 1];
        Tensor scales = tensors.remove(entry.name + ".scale");
        Tensor integers = tensors.get(entry.name);
        if (scales == null || integers == null || !Arrays.equals(scales.shape, new long[] {columns})) {
            throw new Json.Malformed("'" + entry.name + "' is I8 and has no scale for each column");
        }
        for (int place = 0; place < integers.values.length; place++) {
            integers.values[place] *= scales.values[(int) (place % columns)];
        }
    }
}
