package metanetwork.client;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Strict JSON (RFC 8259), and the canonical form that the version of a bundle is the digest of (docs/bundle.md).
 *
 * <p>Values are {@code Map}, {@code List}, {@code String}, {@code Long} (whole numbers of 64 bits), {@code Double} (finite),
 * {@code Boolean} and {@link #NULL}.
 */
final class Json {
    /** The literal {@code null}. */
    static final Object NULL = new Object();

    /** How many arrays and objects may enclose each other. */
    static final int DEPTH = 32;

    private static final double LARGEST_PLAIN = 0x1p53;
    private static final double SMALLEST_PLAIN = 1e-4;

    private Json() {}

    /** The bytes are no JSON document; the message says why. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) { super(message); }
    }

    /** The value of a document. A key that occurs twice, and any encoding but UTF-8, is refused. */
    static Object parse(byte[] data, int depth) throws Malformed {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
        } catch (CharacterCodingException error) {
            throw new Malformed("it is not UTF-8");
        }
        return new JsonParser(text).document(depth);
    }

    /** The members of a document that is an object. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(byte[] data, int depth) throws Malformed {
        Object value = parse(data, depth);
        if (value instanceof Map) return (Map<String, Object>) value;
        throw new Malformed("it is no object");
    }

    /** The canonical form: no white space, members sorted by the bytes of their keys. */
    static byte[] canonical(Object value) {
        StringBuilder text = new StringBuilder();
        write(value, text);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Object value, StringBuilder text) {
        if (value instanceof Map<?, ?> members) {
            Map<byte[], Map.Entry<?, ?>> sorted = new TreeMap<>(Arrays::compareUnsigned);
            for (Map.Entry<?, ?> member : members.entrySet()) {
                sorted.put(((String) member.getKey()).getBytes(StandardCharsets.UTF_8), member);
            }
            String separator = "{";
            for (Map.Entry<?, ?> member : sorted.values()) {
                text.append(separator);
                writeString((String) member.getKey(), text);
                write(member.getValue(), text.append(':'));
                separator = ",";
            }
            text.append(members.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> elements) {
            String separator = "[";
            for (Object element : elements) {
                write(element, text.append(separator));
                separator = ",";
            }
            text.append(elements.isEmpty() ? "[]" : "]");
        } else if (value instanceof String string) {
            writeString(string, text);
        } else if (value instanceof Double number) {
            text.append(decimal(number));
        } else {
            text.append(value == NULL ? "null" : value.toString());
        }
    }

    static void writeString(String string, StringBuilder text) {
        text.append('"');
        for (int place = 0; place < string.length(); place++) {
            char character = string.charAt(place);
            if (character < 0x20) {
                text.append(String.format("\\u%04x", (int) character));
            } else {
                if (character == '"' || character == '\\') text.append('\\');
                text.append(character);
            }
        }
        text.append('"');
    }

    /** The shortest decimal that reads back as the same number; of two the nearer. Java's own is longer at times before 19. */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal below = exact.round(new MathContext(digits, RoundingMode.FLOOR));
            BigDecimal above = exact.round(new MathContext(digits, RoundingMode.CEILING));
            boolean isNearer = above.subtract(exact).compareTo(exact.subtract(below)) < 0;
            for (BigDecimal one : isNearer ? new BigDecimal[] {above, below} : new BigDecimal[] {below, above}) {
                if (one.doubleValue() == value) return one;
            }
        }
        return exact.round(new MathContext(17, RoundingMode.HALF_EVEN));
    }

    private static String decimal(double value) {
        if (value == 0) return 1 / value < 0 ? "-0.0" : "0.0";
        BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (Math.abs(value) >= SMALLEST_PLAIN && Math.abs(value) <= LARGEST_PLAIN) {
            String plain = shortest.toPlainString();
            return sign + plain + (plain.contains(".") ? "" : ".0");
        }
        String rest = digits.length() > 1 ? "." + digits.substring(1) : "";
        return sign + digits.charAt(0) + rest + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
