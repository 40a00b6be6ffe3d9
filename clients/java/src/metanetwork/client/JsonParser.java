package metanetwork.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON by recursive descent; every method leaves {@code position} after what it read. */
final class JsonParser {
    private final String text;
    private int position;

    JsonParser(String text) { this.text = text; }

    Object document(int depth) throws Json.Malformed {
        skipWhiteSpace();
        Object value = value(depth);
        skipWhiteSpace();
        if (position < text.length()) throw failure("nothing may follow the document");
        return value;
    }

    private Object value(int depth) throws Json.Malformed {
        char next = peek();
        switch (next) {
            case '{': return object(depth);
            case '[': return array(depth);
            case '"': return string();
            case 't': return literal("true", Boolean.TRUE);
            case 'f': return literal("false", Boolean.FALSE);
            case 'n': return literal("null", Json.NULL);
            default:
                if (next == '-' || isDigit(next)) return number();
                throw failure("no value begins here");
        }
    }

    private Map<String, Object> object(int depth) throws Json.Malformed {
        if (depth == 0) throw failure("nested too deeply");
        position++;
        Map<String, Object> members = new LinkedHashMap<>();
        skipWhiteSpace();
        if (take('}')) return members;
        while (true) {
            skipWhiteSpace();
            if (peek() != '"') throw failure("expected a key in quotes");
            String key = string();
            skipWhiteSpace();
            if (!take(':')) throw failure("expected ':'");
            skipWhiteSpace();
            if (members.containsKey(key)) throw failure("a key occurs twice");
            members.put(key, value(depth - 1));
            skipWhiteSpace();
            if (take('}')) return members;
            if (!take(',')) throw failure("expected ',' or '}'");
        }
    }

    private List<Object> array(int depth) throws Json.Malformed {
        if (depth == 0) throw failure("nested too deeply");
        position++;
        List<Object> elements = new ArrayList<>();
        skipWhiteSpace();
        if (take(']')) return elements;
        while (true) {
            skipWhiteSpace();
            elements.add(value(depth - 1));
            skipWhiteSpace();
            if (take(']')) return elements;
            if (!take(',')) throw failure("expected ',' or ']'");
        }
    }

    private Object literal(String word, Object value) throws Json.Malformed {
        if (!text.startsWith(word, position)) throw failure("expected " + word);
        position += word.length();
        return value;
    }

    private Object number() throws Json.Malformed {
        int start = position;
        take('-');
        int leading = position;
        digits();
        if (text.charAt(leading) == '0' && position > leading + 1) throw failure("a number may not begin with 0");
        boolean isWhole = true;
        if (take('.')) {
            isWhole = false;
            digits();
        }
        if (take('e') || take('E')) {
            isWhole = false;
            if (!take('+')) take('-');
            digits();
        }
        String number = text.substring(start, position);
        // -0 is a double: a long would lose the sign.
        if (isWhole && !number.equals("-0")) {
            try {
                return Long.valueOf(number);
            } catch (NumberFormatException error) {
                // Larger than 64 bits: a double.
            }
        }
        double value = Double.parseDouble(number);
        if (Double.isInfinite(value)) throw failure("a number is too large");
        return value;
    }

    private void digits() throws Json.Malformed {
        int start = position;
        while (position < text.length() && isDigit(text.charAt(position))) position++;
        if (position == start) throw failure("expected a digit");
    }

    private String string() throws Json.Malformed {
        position++;
        StringBuilder content = new StringBuilder();
        while (true) {
            char next = peek();
            position++;
            if (next == '"') return checked(content);
            if (next < 0x20) throw failure("a control character must be escaped");
            content.append(next == '\\' ? escape() : next);
        }
    }

    /** Refuses half of a surrogate pair, which is no character. */
    private String checked(StringBuilder content) throws Json.Malformed {
        for (int place = 0; place < content.length(); place++) {
            if (!Character.isSurrogate(content.charAt(place))) continue;
            boolean isPair = place + 1 < content.length()
                && Character.isSurrogatePair(content.charAt(place), content.charAt(place + 1));
            if (!isPair) throw failure("half of a surrogate pair");
            place++;
        }
        return content.toString();
    }

    private char escape() throws Json.Malformed {
        char next = peek();
        position++;
        switch (next) {
            case '"': case '\\': case '/': return next;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u':
                int value = 0;
                for (int digit = 0; digit < 4; digit++, position++) {
                    int hexadecimal = peek() < 0x80 ? Character.digit(peek(), 16) : -1;
                    if (hexadecimal < 0) throw failure("expected four hexadecimal digits");
                    value = value << 4 | hexadecimal;
                }
                return (char) value;
            default: throw failure("no such escape");
        }
    }

    private char peek() throws Json.Malformed {
        if (position >= text.length()) throw failure("the document ends too early");
        return text.charAt(position);
    }

    private boolean take(char character) {
        if (position >= text.length() || text.charAt(position) != character) return false;
        position++;
        return true;
    }

    private void skipWhiteSpace() {
        while (position < text.length() && " \n\r\t".indexOf(text.charAt(position)) >= 0) position++;
    }

    private static boolean isDigit(char character) { return character >= '0' && character <= '9'; }

    private Json.Malformed failure(String reason) { return new Json.Malformed("character " + position + ": " + reason); }
}
