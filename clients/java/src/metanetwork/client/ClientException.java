package metanetwork.client;

/** Why an answer, a file or a key cannot be used. What was in use before stays in use. */
public class ClientException extends Exception {
    private static final long serialVersionUID = 1L;

    ClientException(String message) { super(message); }

    /** An answer, or a file, is not signed by a pinned key or not what was signed. */
    public static final class Untrusted extends ClientException {
        private static final long serialVersionUID = 1L;

        Untrusted(String what, String reason) { super(what + " was refused: " + reason); }
    }

    /** An answer, or a file, is signed but cannot be used. */
    public static final class Unusable extends ClientException {
        private static final long serialVersionUID = 1L;

        Unusable(String what, String reason) { super(what + " cannot be used: " + reason); }
    }

    /** A pinned key is not 32 bytes in base64. */
    public static final class InvalidKey extends ClientException {
        private static final long serialVersionUID = 1L;

        InvalidKey(String id) {
            super("the key '" + id + "' is not the base64 of 32 bytes; copy the server's public key again");
        }
    }

    /** The service answered with an error. */
    public static final class Refused extends ClientException {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String word;

        Refused(int status, String detail, String fix, String word) {
            super("the service answered " + status + ": " + detail + (fix == null ? "" : "; " + fix));
            this.status = status;
            this.word = word;
        }

        /** The HTTP status. */
        public int status() { return status; }

        /** The word that names the problem, for example {@code version-gone}; null where the answer is not the service's own. */
        public String word() { return word; }
    }
}
