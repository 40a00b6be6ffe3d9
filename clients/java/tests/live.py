"""A service of this checkout: the weights that the core in Java reads out of its answers are those that the client in Python reads.

    METANETWORK_TOOL=Cloud/.build/debug/metanetwork scripts/test-java-client --services

The first argument is the folder with the compiled tests.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "clients" / "python")]
from golden.service import APP_KEY, Service  # noqa: E402
from metanetwork_client import AppKey, PinnedKey, Trust  # noqa: E402
from metanetwork_client.bundle.manifest import File  # noqa: E402
from metanetwork_client.limits import Limits  # noqa: E402
from metanetwork_client.service.address import ServiceAddress  # noqa: E402
from metanetwork_client.service.cloud_service import CloudService  # noqa: E402
from metanetwork_client.service.download import fetch_into_memory  # noqa: E402
from metanetwork_client.service.transport import URLTransport  # noqa: E402
from metanetwork_client.storage.identity import DeviceIdentity  # noqa: E402
from metanetwork_client.wire.messages import ParametersRequest  # noqa: E402
from metanetwork_client.wire.safetensors import decode  # noqa: E402

TOOL = os.environ.get("METANETWORK_TOOL", str(ROOT / "Cloud" / ".build" / "debug" / "metanetwork"))
CLASSES = sys.argv.pop(1)
HISTORIES = 100


class LiveTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "answers").mkdir()
        shutil.copytree(ROOT / "Tests" / "Golden" / "registry", self.folder / "registry")
        self.server = Service(TOOL, str(self.folder / "registry"), str(self.folder), "--device-rate", "1000")
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def keep(self, name, signed):
        """Writes an answer where Java reads it."""
        (self.folder / "answers" / name).write_bytes(signed.body)
        (self.folder / "answers" / f"{name.partition('.')[0]}.signature").write_text(signed.signature)

    def test_weights_of_100_histories_are_those_that_python_reads_bit_for_bit(self):
        trust, key = Trust(PinnedKey(*self.server.key)), AppKey(APP_KEY)
        service = CloudService(ServiceAddress(self.server.url, "movies", trust, key), URLTransport(), key,
                               DeviceIdentity(self.folder / "device"), Limits(), lambda: int(time.time()))
        signed = service.manifest(None)
        self.keep("manifest", signed)
        version, name = json.loads(signed.body)["version"], "device.safetensors"
        entry = json.loads(signed.body)["files"][name]
        device = fetch_into_memory(service, name, File(entry["bytes"], entry["sha256"], None), version)
        (self.folder / "answers" / "device").write_bytes(device)
        draw, expected = random.Random(1), []
        for number in range(HISTORIES):
            history = [f"film-{draw.randint(1, 120)}" for _ in range(draw.randint(1, 12))]
            nonce, form = f"history-{number:04}", ("f32", "f16", "int8")[number % 3]
            answer = service.parameters(ParametersRequest(version, nonce, form, samples=history))
            self.keep(f"{number}.body", answer)
            (self.folder / "answers" / f"{number}.nonce").write_text(nonce)
            tensors, _ = decode(answer.body, 4 << 20)
            expected += [tensors[name].ravel() for name in sorted(tensors)]
        subprocess.run(["java", "-cp", CLASSES, "metanetwork.client.AnswerTensors", str(self.folder / "answers"), "movies",
                        *self.server.key], check=True)
        found = np.frombuffer((self.folder / "answers" / "values").read_bytes(), ">u4")
        expected = np.concatenate(expected).astype("<f4").view("<u4")
        self.assertGreater(len(expected), 10 * HISTORIES)
        np.testing.assert_array_equal(found, expected)
        # Weights of different histories differ, so that all alike would be seen.
        self.assertGreater(len(np.unique(expected)), HISTORIES)


if __name__ == "__main__":
    unittest.main()
