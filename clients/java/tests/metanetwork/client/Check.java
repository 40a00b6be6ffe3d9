package metanetwork.client;

import java.util.Objects;

/** What a test expects, without a framework. */
final class Check {
    /** Something that may fail. */
    interface Action { void run() throws Exception; }

    private static int count;

    private Check() {}

    /** Runs a test and says its name where it fails. */
    static boolean passes(String name, Action test) {
        try {
            test.run();
            return true;
        } catch (Exception | AssertionError error) {
            System.err.println("FAILED: " + name);
            error.printStackTrace();
            return false;
        }
    }

    static void that(boolean holds, String what) {
        count++;
        if (!holds) throw new AssertionError(what);
    }

    static void equal(Object found, Object expected) {
        that(Objects.equals(found, expected), "found " + found + ", expected " + expected);
    }

    /** That an action is refused, as one of ours and with a word of the reason. */
    static void refused(Class<? extends Exception> type, String reason, Action action) throws Exception {
        try {
            action.run();
        } catch (Exception error) {
            if (!type.isInstance(error)) throw error;
            that(error.getMessage().contains(reason), "'" + reason + "' is not in '" + error.getMessage() + "'");
            return;
        }
        throw new AssertionError("was not refused: " + reason);
    }

    static int count() { return count; }
}
