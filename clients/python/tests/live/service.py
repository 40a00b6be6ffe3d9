"""A service of this checkout: what the client makes of it is what the tool ranks.

    METANETWORK_TOOL=Cloud/.build/debug/metanetwork scripts/test-python-client --services
"""
import contextlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import onnxruntime as ort

from metanetwork_client import NEVER, AppKey, Configuration, PersonalModel, PinnedKey, Refused, Trust, Untrusted
from metanetwork_client.storage.files import write_sealed
from metanetwork_client.storage.identity import DeviceIdentity
from tests.support import GOLDEN, ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from golden.service import APP_KEY, Service  # noqa: E402

ort.set_default_logger_severity(3)  # it warns that the dynamic weights are no constants, which is what we want
TOOL = os.environ.get("METANETWORK_TOOL", str(ROOT / "Cloud" / ".build" / "debug" / "metanetwork"))
HISTORIES = 100
# A model and a generator with every operation of the shipped rankers, and each form of what is personal.
TRAINED = [("bag", "vector"), ("sasrec", "film"), ("gru4rec", "lowrank"), ("din", "residual"), ("sasrec-paper", "offset")]
LEVEL = {
    "name": "level", "inputs": [{"name": "reading", "kind": "vector", "width": 3}], "output": "logits", "sample": "features",
    "nodes": [
        {"name": "whitened", "operation": "standardize", "inputs": ["reading"]},
        {"name": "features", "operation": "dense", "inputs": ["whitened"], "units": 6, "activation": "tanh"},
        {"name": "logits", "operation": "dense", "inputs": ["features"], "units": 2, "dynamic": True}]}
DATA = ["--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core", "1"]


def tool(*arguments):
    """What the tool prints."""
    done = subprocess.run([TOOL, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2_000:])
    return done.stdout


def lists(bundle, history, count):
    """Items with their scores as ``metanetwork rank`` ranks them: the base's, and those of personal weights."""
    printed = json.loads(tool("rank", bundle, "--history", ",".join(history), "--top", count, "--json"))
    return [[(item["item"], item["score"]) for item in printed[kind]] for kind in ("base", "personal")]


class Past:
    """The clocks of a device whose own is set to 1970."""

    def now(self):
        return 0

    def uptime(self):
        return time.monotonic()


class ServiceTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.registry, self.devices = Path(folder.name), Path(folder.name) / "registry", 0
        tool("keys", "new", self.folder / "publisher", "--publisher")

    def publish(self, bundle, *options):
        tool("publish", bundle, "--registry", self.registry, "--publisher-key", self.folder / "publisher", *options)

    def copy_registry(self):
        """The recorded registry, without the candidate that a share of the devices gets; the current version."""
        shutil.copytree(GOLDEN / "registry", self.registry)
        place = self.registry / "movies" / "releases.json"
        releases = json.loads(place.read_text())
        del releases["candidate"]
        place.write_text(json.dumps(releases))
        return releases["current"]

    def serve(self, *options):
        service = Service(TOOL, str(self.registry), str(self.folder), "--device-rate", "1000", *options)
        service.__enter__()
        self.addCleanup(service.__exit__)
        return service

    def device(self, service, model, **settings):
        self.devices += 1
        directory = settings.pop("directory", self.folder / f"device-{self.devices}")
        settings = {"trust": Trust(PinnedKey(*service.key)), "credentials": AppKey(APP_KEY), "payload": "f32",
                    "retire_after": NEVER, **settings}
        return PersonalModel(service.url, model, directory, Configuration(**settings))

    def compare(self, model, expected, history):
        ranked = model.top_items(len(expected), excluding=history)
        scores = {item.id: item.score for item in ranked}
        self.assertEqual(set(scores), {name for name, _ in expected})
        for name, score in expected:
            self.assertAlmostEqual(scores[name], score, delta=1e-5 * max(1, abs(score)))

    def check(self, service, name, bundle, histories, count):
        """Ranks histories with the base and with personal weights, on a device each."""
        with ThreadPoolExecutor(2) as pool:
            expected = list(pool.map(lambda history: lists(bundle, history, count), histories))
        for history, (base, personal) in zip(histories, expected):
            with self.subTest(f"{name}: {history}"):
                model = self.device(service, name, bundle=bundle, guards_quality=False)
                for item in history:
                    model.record(item)
                self.compare(model, base, history)
                model.refresh()
                self.assertEqual(model.standing.kind, "personal")
                self.compare(model, personal, history)

    def test_rankings_of_100_histories_are_those_of_the_tool_with_the_base_and_with_personal_weights(self):
        version = self.copy_registry()
        draw = random.Random(1)
        histories = [[f"film-{draw.randint(1, 120)}" for _ in range(draw.randint(1, 12))] for _ in range(HISTORIES)]
        bundle = self.registry / "movies" / "versions" / version
        self.check(self.serve(), "movies", bundle, histories, 120)

    def test_each_shipped_ranker_and_form_of_weights_ranks_as_the_tool_does(self):
        lines = [f"user {user},film-{(user * 7 + step * (1 + user % 3)) % 140},{step}"
                 for user in range(30) for step in range(20)]
        log = self.folder / "log.csv"
        log.write_text("who,what,when\n" + "\n".join(lines) + "\n")
        for model, form in TRAINED:
            bundle = self.folder / f"{model}-{form}"
            tool("train", "--data", log, *DATA, "--model", model, "--generator", form, "--width", 8, "--epochs", 1,
                 "--learning-rate", 0.05, "--threads", 1, "--out", bundle, "--quiet")
            self.publish(bundle)
        service = self.serve()
        for model, form in TRAINED:
            name, draw = f"{model}-{form}", random.Random(2)
            histories = [[f"film-{draw.randint(0, 139)}" for _ in range(count)] for count in (1, 4, 30)]
            self.check(service, name, self.folder / name, histories, 140)

    def test_a_classifier_answers_as_onnx_runtime_does_with_weights_of_the_service_and_of_the_exported_generator(self):
        draw = np.random.default_rng(3)
        rows = [(device, draw.normal(device % 5, 1, 3)) for device in range(20) for _ in range(24)]
        readings = self.folder / "readings.csv"
        readings.write_text("device,x,y,z,class\n" + "".join(
            f"d{device},{x:.4f},{y:.4f},{z:.4f},{'above' if x > device % 5 else 'below'}\n" for device, (x, y, z) in rows))
        (self.folder / "level.json").write_text(json.dumps(LEVEL))
        for form in ("residual", "film"):
            bundle = self.folder / f"level-{form}"
            tool("train", "--task", "classification", "--data", readings, "--generator-window", 6, "--threads", 1, "--model",
                 self.folder / "level.json", "--generator", form, "--epochs", 2, "--out", bundle, "--quiet")
            self.publish(bundle, "--onnx")
            tool("export", bundle, "--onnx", self.folder / f"{form}.onnx")
        service = self.serve()
        for form in ("residual", "film"):
            with self.subTest(form):
                model = self.device(service, f"level-{form}")
                generator, device = (ort.InferenceSession(str(self.folder / f"{form}{part}.onnx")) for part in (".generator", ""))
                inputs = draw.normal(2, 1, (8, 3)).astype(np.float32)
                (output,) = (value.name for value in device.get_outputs() if value.name != "samples")
                outputs, samples = device.run([output, "samples"], {"reading": inputs})
                np.testing.assert_allclose([model.outputs(row) for row in inputs], outputs, rtol=1e-5, atol=1e-5)
                for row in inputs:
                    self.assertTrue(model.record(row))
                names = [value.name for value in generator.get_outputs()]
                weights = dict(zip(names, generator.run(None, {"samples": samples[-6:]})))
                model.refresh()
                self.assertEqual(model.standing.kind, "personal")
                personal = device.run([output], {"reading": inputs, **weights})[0]
                self.assertGreater(np.abs(personal - outputs).max(), 1e-4)
                np.testing.assert_allclose([model.outputs(row) for row in inputs], personal, rtol=1e-5, atol=1e-5)
                self.assertEqual({one.name for one in model.classify(inputs[0])}, {"above", "below"})
                # The same over the wire: the model of the signed version, and the weights in use.
                fetched = ort.InferenceSession(model.onnx()).run([output], {"reading": inputs, **model.dynamic_weights()})[0]
                np.testing.assert_allclose(fetched, personal, rtol=1e-5, atol=1e-5)

    def test_a_device_downloads_a_model_is_refused_without_a_key_and_believes_no_other_signer(self):
        self.copy_registry()
        service = self.serve()
        for payload in ("f16", "int8", "f32"):
            model = self.device(service, "movies", payload=payload)
            for item in ("film-3", "film-4"):
                model.record(item)
            model.refresh()
            self.assertEqual(model.standing.kind, "personal")
        for settings, cause in (({"credentials": None}, Refused), ({"credentials": AppKey("wrong")}, Refused),
                                ({"trust": Trust(PinnedKey(service.key[0], "A" * 43 + "="))}, Untrusted)):
            directory = self.folder / f"refused-{cause.__name__}"
            with self.assertRaises(Exception) as caught:
                self.device(service, "movies", directory=directory, **settings)
            self.assertIsInstance(caught.exception.__cause__, cause)
            # Nothing of a model stays behind that a later start could take for one.
            left = sorted(place.name for place in directory.rglob("*") if place.is_file())
            self.assertLessEqual(set(left), {"device", "device.copy", "device.counter", "device.key", "lock"}, left)

    def test_a_service_that_asks_for_proofs_answers_a_device_with_a_key_and_one_of_before_after_it_made_one(self):
        self.copy_registry()
        service, old = self.serve("--device-proof", "key"), "5B8C2F0A-0000-4000-8000-000000000001"
        for place, before in ((self.folder / "device-1", None), (self.folder / "device-2", old)):
            identity = DeviceIdentity(place / "movies")
            if before is not None:
                (place / "movies").mkdir(parents=True)
                for name in ("device", "device.copy"):
                    write_sealed(place / "movies" / name, before.encode())
            model = self.device(service, "movies")
            model.record("film-3")
            model.refresh()
            self.assertEqual(model.standing.kind, "personal")
            self.assertEqual(identity.key().device, identity.id())
            self.assertNotEqual(identity.id(), before)
        # Who opens it again counts on; a copy of the key that counts less is somebody else's.
        again = self.device(service, "movies", directory=self.folder / "device-1")
        again.record("film-4")
        again.refresh()
        shutil.copytree(self.folder / "device-1", self.folder / "device-4")
        write_sealed(self.folder / "device-4" / "movies" / "device.counter", b"1")
        copied = self.device(service, "movies", directory=self.folder / "device-4", clock=Past())
        with self.assertRaises(Refused) as caught:
            copied.refresh()
        self.assertEqual((caught.exception.status, caught.exception.word), (422, "device-proof"))

    def test_the_notebook_runs_from_its_first_cell_to_its_last(self):
        self.copy_registry()
        service = self.serve()
        notebook = json.loads((ROOT / "clients" / "python" / "examples" / "personalize.ipynb").read_text(encoding="utf-8"))
        environment = {"METANETWORK_SERVER": service.url, "METANETWORK_MODEL": "movies", "METANETWORK_APP_KEY": APP_KEY,
                       "METANETWORK_PUBLIC_KEY": "=".join(service.key), "TMPDIR": str(self.folder)}
        names = {}
        with mock.patch.dict(os.environ, environment), mock.patch("tempfile.tempdir", str(self.folder)):
            with contextlib.redirect_stdout(io.StringIO()):
                for cell in notebook["cells"]:
                    if cell["cell_type"] == "code":
                        exec("".join(cell["source"]), names)
        self.assertEqual(names["model"].standing.kind, "personal")
        self.assertIn("does not fit its bytes", names["refusal"])
        self.assertFalse(any(cell.get("outputs") for cell in notebook["cells"]), "outputs are not committed")


if __name__ == "__main__":
    unittest.main()
