package metanetwork.client;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What released services said must be understood for ever. */
final class GoldenTests {
    private GoldenTests() {}

    static void manifestsAreSignedAndFilesAreTheirs() throws Exception {
        for (String wire : Exchange.WIRES) {
            Exchange exchange = new Exchange(wire, "manifest");
            exchange.trust().check(exchange.body(), exchange.signature(), Trust.Kind.MANIFEST);
            Manifest manifest = new Manifest(exchange.body(), "movies");
            Check.equal(manifest.items(), 120);
            Check.equal(manifest.window(), 6);
            byte[] device = new Exchange(wire, "device").body();
            manifest.checkFile(Manifest.DEVICE, device);
            byte[] vocabulary = new Exchange(wire, "vocabulary").body();
            manifest.checkFile(Manifest.VOCABULARY, vocabulary);
            Vocabulary read = new Vocabulary(vocabulary, manifest.items());
            Check.equal(read.name(read.index("film-120")), "film-120");
            byte[] cut = Arrays.copyOf(exchange.body(), exchange.body().length - 1);
            Check.refused(ClientException.Untrusted.class, "does not fit",
                () -> exchange.trust().check(cut, exchange.signature(), Trust.Kind.MANIFEST));
            device[device.length - 1] ^= 1;
            Check.refused(ClientException.Untrusted.class, "is not the manifest's",
                () -> manifest.checkFile(Manifest.DEVICE, device));
        }
    }

    static void aVersionWithABasisIsRead() throws Exception {
        Exchange exchange = new Exchange("codes", "manifest");
        exchange.trust().check(exchange.body(), exchange.signature(), Trust.Kind.MANIFEST);
        Manifest manifest = new Manifest(exchange.body(), "gestures");
        Check.equal(manifest.items(), 0);
        manifest.checkFile(Manifest.DEVICE, new Exchange("codes", "device").body());
        byte[] basis = new Exchange("codes", "basis").body();
        manifest.checkFile("basis.safetensors", basis);
        basis[basis.length - 1] ^= 1;
        Check.refused(ClientException.Untrusted.class, "is not the manifest's",
            () -> manifest.checkFile("basis.safetensors", basis));
        for (Exchange problem : Exchange.all("codes", "problem-")) {
            ClientException.Refused refusal = Messages.refusal(problem.status(), problem.body());
            Check.that(refusal.word() != null && refusal.getMessage().contains("; "), refusal.getMessage());
        }
    }

    static void personalWeightsPassEveryCheck() throws Exception {
        for (String wire : Exchange.WIRES) {
            Manifest manifest = new Manifest(new Exchange(wire, "manifest").body(), "movies");
            DynamicLayers layers = new DynamicLayers(manifest, new Exchange(wire, "device").body());
            Check.equal(layers.layers.stream().map(DynamicLayers.Layer::name).toList(), List.of("hidden", "user"));
            Map<String, float[]> read = new HashMap<>();
            for (Exchange exchange : Exchange.all(wire, "parameters-")) {
                String nonce = exchange.request().text("nonce");
                byte[] body = exchange.body();
                Trust trust = exchange.trust();
                Parameters parameters = Parameters.check(body, exchange.signature(), nonce, manifest, layers, trust, 10);
                Check.equal(parameters.tensors().size(), 4);
                Check.that(parameters.lifetime() > 0, "a lifetime");
                read.put(exchange.name, parameters.tensors().get("user.weight").values());
                body[body.length - 1] ^= 1;
                Check.refused(ClientException.Untrusted.class, "does not fit", () -> Parameters.check(
                    body, exchange.signature(), nonce, manifest, layers, trust, 10));
            }
            Check.equal(read.size(), 8);
            for (String how : List.of("ids", "embeddings")) {
                float[] exact = read.get("parameters-" + how + "-f32");
                for (Map.Entry<String, Double> format : Map.of("f16", 1e-3, "int8", 1e-2).entrySet()) {
                    float[] coarse = read.get("parameters-" + how + "-" + format.getKey());
                    for (int place = 0; place < exact.length; place++) {
                        Check.that(Math.abs(exact[place] - coarse[place]) <= format.getValue(), how + " " + format);
                    }
                }
            }
        }
    }

    static void requestsTokensAndProblemsAreThoseOfTheService() throws Exception {
        for (String wire : Exchange.WIRES) {
            Exchange token = new Exchange(wire, "token");
            Check.that(Messages.token(token.body()).expires() > 0, "a token");
            Check.equal(Json.parse(Messages.tokenRequest("golden-device-1"), 2), token.request().members);
            for (Messages.Format format : Messages.Format.values()) {
                String name = "parameters-ids-" + format.name().toLowerCase(java.util.Locale.ROOT);
                Fields sent = new Exchange(wire, name).request();
                List<String> samples = sent.elements("samples").stream().map(String.class::cast).toList();
                byte[] body = Messages.parametersRequest(sent.text("version"), samples, format, sent.text("nonce"));
                Check.equal(Json.parse(body, 2), sent.members);
            }
            for (Exchange problem : Exchange.all(wire, "problem-")) {
                ClientException.Refused refusal = Messages.refusal(problem.status(), problem.body());
                Check.that(refusal.word() != null && refusal.getMessage().contains("; "), refusal.getMessage());
            }
            Check.equal(Messages.refusal(502, "<html>".getBytes()).word(), null);
        }
    }
}
