"""Checks what scripts/phones says of the pauses of phones."""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from phones.pauses import are_alike, pauses  # noqa: E402
from phones.phone import Phone  # noqa: E402


class PausesTests(unittest.TestCase):
    def test_begin_when_a_phone_says_so_behind_its_prompt_too(self):
        script = "printf '> '; sleep 0.2; printf '  [offline: a]\\n'; sleep 0.2; printf '  [asking for new weights]\\n> '"
        phone = Phone("the phone", ["sh", "-c", script], {})
        self.addCleanup(phone.end)
        phone.reading.join()
        states = phone.states()
        self.assertEqual([state for state, _ in states], ["[offline: a]", "[asking for new weights]"])
        self.assertGreater(states[0][1] - phone.times[0][1], 0.1)
        self.assertGreater(pauses(states)[0], 0.1)

    def test_go_from_a_failure_to_the_next_try(self):
        states = [("[asking for new weights]", 1), ("[offline: a]", 2), ("[offline: b]", 2.5), ("[asking for new weights]", 3.5),
                  ("[offline: a]", 4), ("[fetching the model: 1 of 2 bytes]", 5), ("[asking for new weights]", 7), ("[personal]", 8)]
        self.assertEqual(pauses(states), [1.5, 3])

    def test_that_are_drawn_are_hardly_ever_alike(self):
        draw = random.Random(1)
        trials = [[[draw.uniform(1, 2), draw.uniform(2, 4)] for _ in range(3)] for _ in range(100_000)]
        self.assertLess(sum(map(are_alike, trials)), 10)

    def test_that_are_the_same_are_alike_wherever_they_lie_and_however_late_a_terminal_shows_them(self):
        draw = random.Random(2)
        for _ in range(1_000):
            same = [draw.uniform(1, 2), draw.uniform(2, 4)]
            self.assertTrue(are_alike([[pause + draw.uniform(0, 0.04) for pause in same] for _ in range(3)]))


if __name__ == "__main__":
    unittest.main()
