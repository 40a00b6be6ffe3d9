package metanetwork.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Signs answers as a service does, and writes weights as files. */
final class Signer {
    private final KeyPair pair;

    Signer() throws Exception { pair = Ed25519.generate(); }

    /** The public key under an id. */
    PinnedKey pinned(String id) throws Exception {
        return new PinnedKey(id, Base64.getEncoder().encodeToString(Ed25519.raw(pair.getPublic())));
    }

    /** The header of an answer that was signed together with others before it. */
    String sign(byte[] body, String kind, String label, List<byte[]> neighbours) throws Exception {
        List<byte[]> level = new ArrayList<>();
        List<byte[]> answers = new ArrayList<>(neighbours);
        answers.add(body);
        for (byte[] answer : answers) {
            level.add(Digests.sha256(label.equals("2") ? new byte[0] : Trust.line("leaf", label), answer));
        }
        byte[] path = new byte[0];
        for (int place = level.size() - 1; level.size() > 1; place /= 2) {
            int neighbour = place ^ 1;
            if (neighbour < level.size()) {
                path = Trust.joined(path, new byte[] {(byte) (neighbour < place ? 0 : 1)});
                path = Trust.joined(path, level.get(neighbour));
            }
            List<byte[]> above = new ArrayList<>();
            for (int at = 0; at < level.size(); at += 2) {
                above.add(at + 1 < level.size() ? Digests.sha256(Trust.line("node", label), level.get(at), level.get(at + 1))
                    : level.get(at));
            }
            level = above;
        }
        byte[] signature = signed(Trust.joined(Trust.line(kind, label), level.get(0)));
        String raw = Base64.getEncoder().encodeToString(Trust.joined(signature, path));
        return label.equals("2") ? "k1=" + raw : label + ":k1=" + raw;
    }

    /** The signature of a message. */
    byte[] signed(byte[] message) throws Exception {
        return Ed25519.sign(pair.getPrivate(), message);
    }

    /** Weights in single precision as safetensors. */
    static byte[] encode(Map<String, SafeTensors.Tensor> tensors, Map<String, String> metadata) {
        Map<String, Object> header = new TreeMap<>();
        header.put("__metadata__", metadata);
        long offset = 0;
        for (Map.Entry<String, SafeTensors.Tensor> entry : new TreeMap<>(tensors).entrySet()) {
            long end = offset + 4L * entry.getValue().values().length;
            List<Long> shape = Arrays.stream(entry.getValue().shape()).boxed().toList();
            header.put(entry.getKey(), Map.of("dtype", "F32", "shape", shape, "data_offsets", List.of(offset, end)));
            offset = end;
        }
        byte[] text = Json.canonical(header);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + (int) offset).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        for (SafeTensors.Tensor tensor : new TreeMap<>(tensors).values()) {
            for (float value : tensor.values()) file.putFloat(value);
        }
        return file.array();
    }
}
