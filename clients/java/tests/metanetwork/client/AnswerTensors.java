package metanetwork.client;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;

/**
 * Checks answers of a service, and writes the weights in them for a test: manifest, manifest.signature, device and, for each number N
 * from 0 on, N.body, N.signature and N.nonce lie in a folder; all values, tensors by name, go to its file values.
 */
public final class AnswerTensors {
    private AnswerTensors() {}

    /** Reads FOLDER MODEL KEY-ID BASE64. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Trust trust = new Trust(new PinnedKey(arguments[2], arguments[3]));
        byte[] document = Files.readAllBytes(folder.resolve("manifest"));
        trust.check(document, Files.readString(folder.resolve("manifest.signature")), Trust.Kind.MANIFEST);
        Manifest manifest = new Manifest(document, arguments[1]);
        byte[] device = Files.readAllBytes(folder.resolve("device"));
        manifest.checkFile(Manifest.DEVICE, device);
        DynamicLayers layers = new DynamicLayers(manifest, device);
        try (DataOutputStream values = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(folder.resolve("values"))))) {
            for (int number = 0; Files.exists(folder.resolve(number + ".body")); number++) {
                Parameters parameters = Parameters.check(Files.readAllBytes(folder.resolve(number + ".body")),
                    Files.readString(folder.resolve(number + ".signature")), Files.readString(folder.resolve(number + ".nonce")),
                    manifest, layers, trust, Parameters.NORM_BOUND);
                for (SafeTensors.Tensor tensor : new TreeMap<>(parameters.tensors()).values()) {
                    for (float value : tensor.values()) values.writeInt(Float.floatToRawIntBits(value));
                }
            }
        }
    }
}
