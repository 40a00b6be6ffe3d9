package metanetwork.client;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Personal weights that passed every check of the wire (docs/wire.md). */
public final class Parameters {
    /** Largest norm of a personal layer, as a multiple of the global layer's, unless the app says otherwise. */
    public static final double NORM_BOUND = 10;
    /** Longest answer, in bytes. */
    public static final int MAXIMUM_BYTES = 4 << 20;

    private static final int MAXIMUM_TENSORS = 1_000;
    private static final String WHAT = "the parameters";

    private final Map<String, SafeTensors.Tensor> tensors;
    private final long lifetime;

    private Parameters(Map<String, SafeTensors.Tensor> tensors, long lifetime) {
        this.tensors = Map.copyOf(tensors);
        this.lifetime = lifetime;
    }

    /** The tensors of all dynamic layers by name, for example {@code user.weight}. */
    public Map<String, SafeTensors.Tensor> tensors() { return tensors; }

    /** Seconds from their receipt, by the device's own clock, after which new ones should be asked for. */
    public long lifetime() { return lifetime; }

    /**
     * Checks an answer: size, signature, format, model, version, nonce, expiry, names, shapes, finiteness and norms, in this
     * order.
     *
     * @param body The answer.
     * @param signature Its header {@link Trust#SIGNATURE_HEADER}; null where there was none.
     * @param nonce The nonce of the request.
     * @param manifest The version in use.
     * @param layers Its dynamic layers.
     * @param trust Whose answers are believed.
     * @param normBound Largest norm of a personal layer, as a multiple of the global layer's.
     * @throws ClientException.Untrusted No pinned key signed it.
     * @throws ClientException.Unusable It is signed, and cannot be used.
     */
    public static Parameters check(byte[] body, String signature, String nonce, Manifest manifest, DynamicLayers layers,
        Trust trust, double normBound) throws ClientException {
        if (body.length > MAXIMUM_BYTES) {
            throw unusable("they have " + body.length + " bytes, the limit is " + MAXIMUM_BYTES);
        }
        trust.check(body, signature, Trust.Kind.PARAMETERS);
        SafeTensors decoded = SafeTensors.decode(body, WHAT, MAXIMUM_BYTES, MAXIMUM_TENSORS);
        long lifetime = checkMetadata(decoded.metadata, nonce, manifest);
        checkTensors(decoded.tensors, layers, normBound);
        return new Parameters(decoded.tensors, lifetime);
    }

    private static long checkMetadata(Map<String, String> strings, String nonce, Manifest manifest)
        throws ClientException.Unusable {
        for (String key : new String[] {"model", "version", "nonce"}) {
            if (!strings.containsKey(key)) throw unusable("their metadata lack the " + key);
        }
        whole(strings, "samples");
        long generated = whole(strings, "generated");
        long expires = whole(strings, "expires");
        if (!manifest.name().equals(strings.get("model"))) {
            throw unusable("they are for the model '" + strings.get("model") + "'");
        }
        if (!manifest.version().equals(strings.get("version"))) {
            throw unusable("they are for the version " + strings.get("version"));
        }
        if (!nonce.equals(strings.get("nonce"))) throw unusable("they answer another request; the nonce is not ours");
        if (generated < 0 || expires <= generated) {
            throw unusable("they expire at " + expires + " and were generated at " + generated);
        }
        return expires - generated;
    }

    private static long whole(Map<String, String> strings, String key) throws ClientException.Unusable {
        try {
            return Long.parseLong(strings.getOrDefault(key, ""));
        } catch (NumberFormatException error) {
            throw unusable("their metadata lack the " + key);
        }
    }

    private static void checkTensors(Map<String, SafeTensors.Tensor> tensors, DynamicLayers layers, double normBound)
        throws ClientException.Unusable {
        Set<String> extra = new HashSet<>(tensors.keySet());
        for (DynamicLayers.Layer layer : layers.layers) {
            double squares = 0;
            for (Map.Entry<String, long[]> expected : layer.tensors().entrySet()) {
                SafeTensors.Tensor tensor = tensors.get(expected.getKey());
                String name = "tensor '" + expected.getKey() + "'";
                if (tensor == null) throw unusable("they have no " + name);
                if (!Arrays.equals(tensor.shape(), expected.getValue())) {
                    throw unusable(name + " has shape " + Arrays.toString(tensor.shape()) + ", the model needs "
                        + Arrays.toString(expected.getValue()));
                }
                if (!tensor.isFinite()) throw unusable(name + " has a value that is not a finite number");
                squares += tensor.squares();
                extra.remove(expected.getKey());
            }
            double bound = normBound * Math.max(layer.least(), layer.norm());
            if (Math.sqrt(squares) > bound) {
                throw unusable("the norm of layer '" + layer.name() + "' is " + (float) Math.sqrt(squares) + ", the bound is "
                    + (float) bound);
            }
        }
        if (!extra.isEmpty()) throw unusable("they have tensors that are not dynamic layers");
    }

    private static ClientException.Unusable unusable(String reason) { return new ClientException.Unusable(WHAT, reason); }
}
