"""What lies on the disk: damage, limits, two at once, and none at all."""
import threading
import unittest

import numpy as np

from metanetwork_client import Limits, StorageFailed
from tests.support import ITEMS, MODEL, phone, scores


class StorageTests(unittest.TestCase):
    def test_a_damaged_set_is_set_aside_and_told_of_and_the_one_before_it_is_used(self):
        for place in (0, 40, 64, 65, 200, -1):
            with self.subTest(place), phone() as device:
                model = device.open()
                model.record("film 5")
                model.refresh()
                before = scores(model)
                device.service.forge = lambda answer: answer.weights.update({"user.bias": answer.weights["user.bias"] + 1})
                model.refresh()
                self.assertNotEqual(scores(model), before)
                file = device.model_folder / "personal" / "2"
                data = bytearray(file.read_bytes())
                data[place] ^= 1
                file.write_bytes(bytes(data))
                again = device.open()
                self.assertEqual(scores(again), before)
                self.assertEqual(len(again.take_notices()), 1)

    def test_lines_that_are_no_samples_are_left_out_told_of_and_repaired(self):
        with phone() as device:
            model = device.open()
            for number in range(1, 4):
                model.record(f"film {number}")
            log = device.model_folder / "samples.jsonl"
            log.write_bytes(log.read_bytes() + b"\nnonsense\n{}\n" + log.read_bytes().split(b"\n")[1][:20])
            again = device.open()
            self.assertEqual(again.history, ["film 1", "film 2", "film 3"])
            self.assertEqual(len(again.take_notices()), 1)
            self.assertEqual(device.open().take_notices(), [])

    def test_no_more_samples_are_kept_than_the_limit_says(self):
        with phone() as device:
            model = device.open(limits=Limits(samples=10))
            for number in range(100):
                model.record(f"film {number % 12 + 1}")
            self.assertLessEqual(len(model.history), 15)
            self.assertEqual(device.open(limits=Limits(samples=10)).history, model.history[-10:])

    def test_where_the_disk_takes_nothing_everything_goes_on_in_memory(self):
        with phone() as device:
            (device.folder / MODEL).write_bytes(b"a file in the folder's place")
            model = device.open()
            self.assertEqual(len(scores(model)), ITEMS)
            model.record("film 1")
            model.refresh()
            self.assertEqual((model.standing.kind, model.history), ("personal", ["film 1"]))
            self.assertTrue(all(isinstance(notice, StorageFailed) for notice in model.take_notices()))

    def test_two_at_once_on_one_directory_lose_no_sample_and_tear_no_file(self):
        with phone() as device:
            models = [device.open(), device.open()]

            def use(number):
                for step in range(60):
                    models[number].record(f"film {number} {step}")
                    if step % 20 == 0:
                        models[number].record("film 1")
                        models[number].refresh()

            threads = [threading.Thread(target=use, args=(number,)) for number in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            for model in models:  # what the other one's lock kept from the disk is written with the next sample
                model.record("film 2")
            again = device.open()
            self.assertEqual(len(again.history), 2 * (60 + 3 + 1))
            for number in (0, 1):
                mine = [item for item in again.history if item.startswith(f"film {number} ")]
                self.assertEqual(mine, [f"film {number} {step}" for step in range(60)])
            self.assertEqual((again.standing.kind, again.take_notices()), ("personal", []))

    def test_files_are_the_users_alone(self):
        with phone() as device:
            model = device.open(credentials=None)
            model.record("film 1")
            model.refresh()
            for path in [device.model_folder, *device.model_folder.rglob("*")]:
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_damage_of_any_kind_never_raises_when_a_folder_is_opened(self):
        random = np.random.default_rng(5)
        with phone() as device:
            model = device.open()
            for number in range(3):
                model.record(f"film {number + 1}")
                model.refresh()
            files = [path for path in device.model_folder.rglob("*") if path.is_file()]
            contents = {path: path.read_bytes() for path in files}
            for _ in range(60):
                for path, data in contents.items():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
                for path in random.choice(files, 2):  # type: ignore[arg-type]
                    data = bytearray(contents[path] or b"x")
                    cut = int(random.integers(0, len(data) + 1))
                    data[min(cut, len(data) - 1)] ^= int(random.integers(1, 256))
                    path.write_bytes(bytes(data[:cut]) if random.random() < 0.5 else bytes(data))
                self.assertEqual(len(scores(device.open())), ITEMS)


if __name__ == "__main__":
    unittest.main()
