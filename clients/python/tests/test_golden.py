"""What released services said, and what a released SDK left on a device, must be understood for ever."""
import base64
import functools
import json
import shutil
import tempfile
import unittest
from hashlib import sha256
from pathlib import Path

import numpy as np

from metanetwork_client import AppKey, ClientError, Configuration, Limits, NoModel, PersonalModel, Response, Trust, Unreachable
from metanetwork_client.bundle.manifest import read_manifest
from metanetwork_client.personal.base_model import BaseModel
from metanetwork_client.personal.parameters_check import check_parameters
from metanetwork_client.service.exchange import retry_after
from metanetwork_client.wire.messages import ParametersRequest, Problem
from tests.support import GOLDEN, LABELS, Exchange, ManualClock, exchanges


class Recorded:
    """Answers as the released service did, by method and path."""

    def __init__(self, wire, *names):
        self.exchanges = [Exchange(wire, name) for name in names]

    def send(self, request):
        for exchange in self.exchanges:
            if request.method == exchange.request["method"] and request.url.endswith(exchange.request["path"]):
                response = exchange.response
                if request.sink is not None and request.sink.begin(response):
                    request.sink.take(response.body)
                    return Response(response.status, response.headers)
                return response
        return Response(404)


def opened(wire, folder, *names, model="movies"):
    manifest = Exchange(wire, "manifest")
    configuration = Configuration(Trust(manifest.key), AppKey("golden-app-key-0123456789"), clock=ManualClock(manifest.recorded),
                                  transport=Recorded(wire, *names))
    return PersonalModel("http://localhost:1", model, folder, configuration)


def each_label(test):
    """Runs a test with the recorded exchanges of each label."""
    @functools.wraps(test)
    def run(self):
        for wire in LABELS:
            with self.subTest(wire):
                test(self, wire)

    return run


class GoldenWireTests(unittest.TestCase):
    @each_label
    def test_a_model_opens_with_token_signed_manifest_weights_and_vocabulary(self, wire):
        with tempfile.TemporaryDirectory() as folder:
            model = opened(wire, folder, "token", "manifest", "device", "vocabulary")
            self.assertEqual(model.version, json.loads(Exchange(wire, "manifest").body)["version"])
            self.assertEqual(len(model.top_items(1_000)), 120)
            self.assertTrue(np.isfinite([item.score for item in model.rank(["film-1", "film-120"])]).all())

    @each_label
    def test_manifests_are_signed_and_files_are_those_of_the_manifest(self, wire):
        exchange = Exchange(wire, "manifest")
        manifest = read_manifest(exchange.body, "movies", Limits())
        Trust(exchange.key).check(exchange.body, exchange.signature, "manifest")
        for forged in (exchange.body + b"\0", exchange.body[:-1]):
            with self.assertRaises(ClientError):
                Trust(exchange.key).check(forged, exchange.signature, "manifest")
        for name in manifest.device_files():
            body = Exchange(wire, name.partition(".")[0]).body
            self.assertEqual((manifest.files[name].bytes, manifest.files[name].sha256),
                             (len(body), sha256(body).hexdigest()))

    @each_label
    def test_personal_weights_pass_every_check_of_ids_and_embeddings_in_each_format_signed_alone_and_together(self, wire):
        files = {"manifest.json": "manifest", "device.safetensors": "device", "vocabulary.tsv": "vocabulary"}
        base = BaseModel({name: Exchange(wire, route).body for name, route in files.items()}, "movies", Limits())
        read = {}
        for exchange in exchanges(wire, "parameters-"):
            request, trust = json.loads(exchange.sent), Trust(exchange.key)
            weights, metadata = check_parameters(exchange.body, exchange.signature, request["nonce"], base, trust, 10,
                                                 1 << 16)
            self.assertEqual(metadata.samples, len(request.get("samples") or request["embeddings"]))
            read[exchange.name] = np.concatenate([weights[name].reshape(-1) for name in sorted(weights)])
            forged = exchange.body[:-1] + bytes([exchange.body[-1] ^ 1])
            with self.assertRaises(ClientError):
                check_parameters(forged, exchange.signature, request["nonce"], base, trust, 10, 1 << 16)
        self.assertEqual(len(read), 8)
        for how in ("ids", "embeddings"):
            exact = read[f"parameters-{how}-f32"]
            for payload, tolerance in (("f16", 1e-3), ("int8", 1e-2)):
                error = np.abs(exact - read[f"parameters-{how}-{payload}"]).max()
                self.assertLessEqual(error, tolerance * np.abs(exact).max())
        np.testing.assert_array_equal(read["parameters-default"], read["parameters-ids-f16"])
        together = Exchange(wire, "parameters-batch").signature
        self.assertGreater(len(base64.b64decode(together.partition("=")[2])), 64)

    @each_label
    def test_requests_are_those_that_the_released_service_read(self, wire):
        for exchange in exchanges(wire, "parameters-"):
            sent = json.loads(exchange.sent)
            embeddings = sent.get("embeddings")
            request = ParametersRequest(sent["version"], sent["nonce"], sent.get("format", "f16"), sent.get("samples"),
                                        embeddings and [np.array(row, np.float32) for row in embeddings])
            self.assertEqual(json.loads(request.body()), {"format": "f16", **sent})

    @each_label
    def test_problem_documents_say_what_is_wrong_and_what_to_do(self, wire):
        found = set()
        for exchange in exchanges(wire, "problem-"):
            problem = Problem.read(exchange.body)
            self.assertTrue(problem.type.startswith("urn:metanetwork:problem:") and problem.detail and problem.fix)
            found.add(exchange.answer["status"])
            if exchange.answer["status"] == 429:
                self.assertGreater(retry_after(exchange.answer["headers"]["retry-after"], exchange.recorded), 0)
        self.assertEqual(found - {406}, {400, 401, 404, 405, 409, 413, 422, 429})

    @each_label
    def test_an_app_is_refused_with_what_the_problem_document_says(self, wire):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaises(NoModel) as caught:
                opened(wire, folder, "problem-401-app-key", "manifest")
            self.assertIn(Problem.read(Exchange(wire, "problem-401-app-key").body).detail, str(caught.exception))


class GoldenCodeTests(unittest.TestCase):
    """A version whose devices learn codes: this client learns none, and answers with the base."""

    def test_a_version_with_a_basis_opens_and_the_basis_is_the_manifests(self):
        manifest = read_manifest(Exchange("codes", "manifest").body, "gestures", Limits())
        basis = Exchange("codes", "basis").body
        self.assertEqual((manifest.files["basis.safetensors"].bytes, manifest.files["basis.safetensors"].sha256),
                         (len(basis), sha256(basis).hexdigest()))
        self.assertNotIn("basis.safetensors", manifest.device_files())
        learned = json.loads((GOLDEN / "codes" / "learned.json").read_text())
        with tempfile.TemporaryDirectory() as folder:
            model = opened("codes", folder, "token", "manifest", "device", "vocabulary", model="gestures")
            self.assertEqual((model.version, list(model.output_names)), (learned["version"], ["rest", "wave"]))
            for example in learned["lessons"][0]["examples"]:
                self.assertTrue(np.isfinite(model.outputs(example["reading"])).all())
            self.assertEqual(model.take_notices(), [])

    def test_refusals_of_codes_say_what_is_wrong(self):
        found = exchanges("codes", "problem-")
        self.assertEqual(len(found), 5)
        for exchange in found:
            problem = Problem.read(exchange.body)
            self.assertTrue(problem.type.startswith("urn:metanetwork:problem:") and problem.detail and problem.fix)


class GoldenStoreTests(unittest.TestCase):
    def test_the_folder_of_a_released_sdk_opens_without_a_network_is_personal_and_ranks_as_it_did(self):
        class Offline:
            def send(self, request):
                raise Unreachable("no network")

        expected = json.loads((GOLDEN / "store.json").read_text())
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(GOLDEN / "store", Path(folder) / "store")
            configuration = Configuration(Trust(Exchange("wire", "manifest").key), AppKey("golden-app-key-0123456789"),
                                          clock=ManualClock(expected["recorded"]), transport=Offline())
            model = PersonalModel("http://localhost:1", "movies", Path(folder) / "store", configuration)
            self.assertEqual((model.version, model.history), (expected["version"], expected["history"]))
            self.assertEqual((model.standing.kind, model.standing.age.samples), ("personal", 2))
            ranked = model.top_items(1_000)
            self.assertEqual([item.id for item in ranked], [item["id"] for item in expected["ranking"]])
            for item, recorded in zip(ranked, expected["ranking"]):
                self.assertAlmostEqual(item.score, recorded["score"], delta=1e-5)
            self.assertEqual(model.take_notices(), [])


if __name__ == "__main__":
    unittest.main()
