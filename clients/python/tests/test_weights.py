"""Which weights answer: retirement by age, and the guard."""
import json
import unittest

from metanetwork_client import EXPIRY, NEVER, RetireAfter, StorageFailed
from metanetwork_client.personal.guard import QualityGuard, compared_items
from tests.support import Bundle, phone, scores


class RetirementTests(unittest.TestCase):
    def personal(self, device, **settings):
        model = device.open(**settings)
        model.record("film 1")
        model.refresh()
        return model

    def test_weights_retire_at_the_age_up_to_which_the_bundle_says_that_they_help(self):
        with phone(Bundle(helps={"samples": 2, "seconds": 100})) as device:
            base = scores(device.open())
            model = self.personal(device)
            model.record("film 1")
            model.record("film 1")
            self.assertEqual(model.standing.kind, "personal")
            model.record("film 1")
            self.assertEqual(model.standing.kind, "retired")
            self.assertNotEqual(scores(model), base)  # of another history
            model.refresh()
            self.assertEqual(model.standing.kind, "personal")
            device.clock.advance(101)
            self.assertEqual(model.standing.kind, "retired")
            device.clock.wall = 0
            self.assertEqual(model.standing.kind, "retired")
            # By a clock that was set back they are new after a launch, and not younger than that.
            self.assertEqual(device.open().standing, ("personal", (0, 0)))

    def test_an_app_may_say_otherwise(self):
        for rule, samples, seconds, kind in ((NEVER, 9, 10_000, "personal"), (EXPIRY, 9, 3_599, "personal"),
                                             (EXPIRY, 0, 3_600, "retired"), (RetireAfter(samples=1), 2, 0, "retired"),
                                             (RetireAfter(seconds=5), 0, 6, "retired"),
                                             (RetireAfter(seconds=5), 9, 5, "personal")):
            with self.subTest((rule, samples, seconds)), phone(Bundle(helps={"samples": 2})) as device:
                model = self.personal(device, retire_after=rule)
                for _ in range(samples):
                    model.record("unknown")
                device.clock.advance(seconds)
                self.assertEqual(model.standing.kind, kind)

    def test_weights_that_help_at_no_age_are_not_asked_for(self):
        with phone(Bundle(helps={"samples": 0, "seconds": 0})) as device:
            model = device.open(every_samples=1)
            model.record("film 1")
            model.refresh()
            self.assertEqual(device.service.questions, [])
            self.personal(device, retire_after=NEVER)
            self.assertEqual(len(device.service.questions), 1)


class GuardTests(unittest.TestCase):
    def test_the_base_ranks_where_personal_weights_foresee_choices_worse_and_they_again_once_they_are_better(self):
        with phone() as device:
            model = device.open(norm_bound=1e9)
            model.record("film 1")
            best = model.top_items(1)[0].id
            # Weights that score the same items in the opposite order.
            opposite = {name: -30 * device.bundle.weights[name] for name in ("user.weight", "user.bias")}
            device.service.forge = lambda answer: answer.weights.update(opposite)
            model.refresh()
            for _ in range(12):
                model.record(best)
            self.assertEqual(model.standing.kind, "guarded")
            self.assertEqual(device.open(norm_bound=1e9).standing.kind, "guarded")
            self.assertEqual(device.open(norm_bound=1e9, guards_quality=False).standing.kind, "personal")
            for _ in range(30):
                held_back = device.open(norm_bound=1e9, guards_quality=False)
                model.record(held_back.top_items(1)[0].id)
            self.assertEqual(model.standing.kind, "personal")

    def test_nothing_turns_before_ten_choices_nor_where_both_are_the_same(self):
        guard = QualityGuard("v")
        for number in range(9):
            guard.add(5 + number % 2, 1)
        self.assertFalse(guard.prefers_base)
        guard.add(5, 1)
        self.assertTrue(guard.prefers_base)
        self.assertEqual(QualityGuard.read(json.loads(json.dumps(guard.record()))).record(), guard.record())
        same = QualityGuard("v")
        for _ in range(100):
            same.add(2, 2)
        self.assertFalse(same.prefers_base)

    def test_a_choice_is_compared_with_the_whole_of_a_small_catalogue_else_with_itself_and_99_others(self):
        self.assertEqual(compared_items(3, 5, 0), [3, 1, 2, 4, 5])
        drawn = compared_items(500, 1_000, 7)
        self.assertEqual(drawn[1:7], [390, 17, 901, 584, 452, 250])  # as Swift's Int.random draws from SplitMix64
        self.assertEqual((len(drawn), drawn[0], drawn.count(500)), (100, 500, 1))
        self.assertTrue(all(1 <= item <= 1_000 for item in drawn))
        self.assertEqual(drawn, compared_items(500, 1_000, 7))
        self.assertNotEqual(drawn, compared_items(500, 1_000, 8))
        self.assertEqual(set(compared_items(101, 101, 3)) - set(range(1, 102)), set())

    def test_a_damaged_record_begins_anew(self):
        with phone() as device:
            device.open()
            (device.model_folder / "guard").write_bytes(b"nonsense")
            model = device.open()
            self.assertIsInstance(model.take_notices()[0], StorageFailed)
            self.assertEqual(device.open().take_notices(), [])


if __name__ == "__main__":
    unittest.main()
