#!/usr/bin/env python3
"""Prints the scalars TensorBoard reads in a folder of event files, as JSON: scripts/check-tensorboard.py FOLDER

{TAG: [[STEP, VALUE], ...]}, a value that is not finite as null. The `tensorboard` package is looked for in
.deps/python, where `scripts/setup --tests` puts it.
"""

import json
import math
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, ".deps", "python"))

try:
    from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator
except ImportError as error:
    sys.exit("check-tensorboard: error: %s; fix: scripts/setup --tests" % error)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: scripts/check-tensorboard.py FOLDER")
    if not os.path.isdir(sys.argv[1]):
        sys.exit("check-tensorboard: error: %s is not a folder" % sys.argv[1])
    # 0 keeps every value; otherwise TensorBoard samples long series.
    accumulator = EventAccumulator(sys.argv[1], size_guidance={SCALARS: 0})
    accumulator.Reload()
    scalars = {}
    for tag in accumulator.Tags()[SCALARS]:
        events = accumulator.Scalars(tag)
        scalars[tag] = [[event.step, event.value if math.isfinite(event.value) else None] for event in events]
    print(json.dumps(scalars, sort_keys=True))


if __name__ == "__main__":
    main()
