package metanetwork.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The layers of a version that the service makes weights for: which tensors they have, of which shapes, and the norms of the
 * global ones. They are read from the version's static weights, which are checked by their digest.
 */
public final class DynamicLayers {
    static final int DEVICE_BYTES = 256 << 20;
    private static final int MAXIMUM_TENSORS = 10_000;

    /** A layer: its name, and the names of its tensors with their shapes. */
    record Layer(String name, Map<String, long[]> tensors, double norm, double least) {}

    final List<Layer> layers = new ArrayList<>();

    /**
     * Reads the layers of a version.
     *
     * @param manifest The version.
     * @param device Its file {@link Manifest#DEVICE}.
     * @throws ClientException The file is not the manifest's, or lacks a tensor, or holds a value that is not finite.
     */
    public DynamicLayers(Manifest manifest, byte[] device) throws ClientException {
        manifest.checkFile(Manifest.DEVICE, device);
        SafeTensors weights = SafeTensors.decode(device, Manifest.DEVICE, DEVICE_BYTES, MAXIMUM_TENSORS);
        try {
            int place = 0;
            for (Object element : manifest.architecture.elements("nodes")) {
                Fields node = Fields.of(element, "architecture.nodes[" + place++ + "]");
                boolean isVector = node.text("operation").equals("personal");
                if (isVector || node.flag("dynamic")) layers.add(layer(node.text("name"), isVector, weights));
            }
        } catch (Json.Malformed error) {
            throw new ClientException.Unusable("the manifest", error.getMessage());
        }
    }

    private static Layer layer(String name, boolean isVector, SafeTensors weights) throws ClientException.Unusable {
        Map<String, long[]> tensors = new LinkedHashMap<>();
        double squares = 0;
        long outputs = 0;
        for (String role : isVector ? List.of("bias") : List.of("weight", "bias")) {
            SafeTensors.Tensor tensor = weights.tensors.get(name + "." + role);
            if (tensor == null || !tensor.isFinite() || tensor.shape().length != (role.equals("bias") ? 1 : 2)) {
                String reason = "it has no tensor '" + name + "." + role + "', or one of another shape or not finite";
                throw new ClientException.Unusable(Manifest.DEVICE, reason);
            }
            tensors.put(name + "." + role, tensor.shape());
            squares += tensor.squares();
            outputs = tensor.values().length;
        }
        // A global layer of zeros must not forbid every other; a personal vector is measured by one of ones.
        return new Layer(name, tensors, Math.sqrt(squares), isVector ? Math.sqrt(outputs) : 1);
    }
}
