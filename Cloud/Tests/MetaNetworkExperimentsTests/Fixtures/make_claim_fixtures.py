#!/usr/bin/env python3
"""Writes claim-intervals.json: resamples over subjects and seeds, and the intervals that numpy finds. Needs numpy.

Two methods, 5 seeds, 40 devices, and a curve of each over 4 rates. Seeded: the same file every time.
"""

import itertools
import json
import os

import numpy

SEEDS, DEVICES, RESAMPLES = 5, 40, 301
RATES = [0.2, 0.4, 0.6, 0.8]


def interval(values):
    return [float(end) for end in numpy.percentile(values, [2.5, 97.5])]


def main():
    random = numpy.random.default_rng(13)
    device = random.normal(0.7, 0.1, DEVICES)
    base = device + random.normal(0, 0.03, (SEEDS, DEVICES))
    method = base + 0.02 + random.normal(0, 0.04, (SEEDS, DEVICES))
    curve = method.mean(1)[:, None] + numpy.array([-0.04, -0.02, 0.0, 0.08]) + random.normal(0, 0.004, (SEEDS, 4))

    seeds = random.integers(0, SEEDS, (RESAMPLES, SEEDS))
    devices = random.integers(0, DEVICES, (RESAMPLES, DEVICES))
    drawn = {
        name: numpy.array([values[s][:, d].mean() for s, d in zip(seeds, devices)])
        for name, values in (("base", base), ("method", method))
    }
    drawn_curve = numpy.array([curve[s].mean(0) for s in seeds])

    # Every draw of 5 of 5 seeds: what a bootstrap over seeds alone tends to.
    runs = {"base": base.mean(1), "method": method.mean(1)}
    every = numpy.array(list(itertools.product(range(SEEDS), repeat=SEEDS)))
    difference = (runs["method"] - runs["base"])[every].mean(1)

    reached = drawn_curve >= (drawn["method"] - 0.01)[:, None]
    assert reached.any(1).all()
    fixture = {
        "runs": {name: values.tolist() for name, values in runs.items()},
        "rates": RATES,
        "curve": curve.tolist(),
        "seeds": seeds.tolist(),
        "resamples": {name: values.tolist() for name, values in drawn.items()},
        "intervals": {
            "difference": interval(drawn["method"] - drawn["base"]),
            "ratio": interval(drawn["method"] / drawn["base"] - 1),
            "at": interval(drawn_curve[:, 1] - drawn["base"]),
            "between": interval((drawn_curve[:, 1] + drawn_curve[:, 2]) / 2),
            "first": interval(numpy.array(RATES)[reached.argmax(1)]),
            "best": interval(drawn_curve[:, :3].max(1)),
            "seeds": interval(difference),
        },
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "claim-intervals.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(fixture, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
