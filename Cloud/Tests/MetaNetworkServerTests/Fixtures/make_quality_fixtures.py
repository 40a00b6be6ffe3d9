#!/usr/bin/env python3
"""Writes quality.json: intervals as numpy and scipy find them, and who is held out as hashlib finds it. Needs numpy and scipy.

With --trials it writes nothing, and prints what the intervals are worth: how often a 95 % interval holds the mean of made-up devices, and
how often, and after how many devices, a candidate is stopped that is as good as the current version, or worse. Seeded.
"""

import hashlib
import json
import os
import sys

import numpy
from scipy import stats

SHOWN, DECIDING = stats.norm.ppf(0.975), stats.norm.ppf(0.9995)


def interval(values, errors):
    """The normal interval with two more devices, one with 0 and one with 1."""
    padded = numpy.append(values, [0, 1])
    half = errors * stats.sem(padded)
    return [float(max(0, padded.mean() - half)), float(min(1, padded.mean() + half))]


def intervals(random):
    groups = [numpy.zeros(1), numpy.ones(1), numpy.zeros(3), numpy.array([0.25, 0.5]), random.beta(1, 9, 40), random.beta(5, 2, 1000)]
    return [{"values": group.tolist(), "mean": float(group.mean()), "shown": interval(group, SHOWN),
             "deciding": interval(group, DECIDING)} for group in groups]


def shares():
    def least(part, count):
        return float(stats.binomtest(part, count).proportion_ci(0.999, "wilson").low)
    return [{"part": part, "count": count, "least": least(part, count)} for part, count in
            [(0, 1), (1, 1), (3, 20), (3, 3), (5, 100), (60, 400), (9000, 100000)]]


def held_out():
    """The share from which on each device is held out."""
    def place(device):
        digest = hashlib.sha256(b"metanetwork/holdout\n" + device.encode()).digest()
        return (int.from_bytes(digest[:8], "big") >> 11) / 2 ** 53
    return {device: place(device) for device in ["device-%d" % number for number in range(20)]}


def rates(random, shape, a, b, choices):
    """Hit rates of devices that have a rate of their own and some choices."""
    counts = 1 + random.geometric(1 / choices, shape)
    return random.binomial(counts, random.beta(a, b, shape)) / counts


def ends(count, values, squares, errors):
    center = (values + 1) / (count + 2)
    variance = numpy.maximum(0, (squares + 1) / (count + 2) - center ** 2) * (count + 2) / (count + 1)
    half = errors * numpy.sqrt(variance / (count + 2))
    return numpy.maximum(0, center - half), numpy.minimum(1, center + half)


def stop(random, ratio, harm, most=3000, least=50):
    """The candidate's devices when it is stopped, looked at after each; None where it never is."""
    sums = [(numpy.cumsum(x), numpy.cumsum(x * x)) for x in
            ((1 - harm) * rates(random, most, 1, 9, 20), rates(random, most * ratio, 1, 9, 20))]
    count = numpy.arange(least, most + 1)
    _, upper = ends(count, sums[0][0][count - 1], sums[0][1][count - 1], DECIDING)
    lower, _ = ends(count * ratio, sums[1][0][count * ratio - 1], sums[1][1][count * ratio - 1], DECIDING)
    bad = numpy.nonzero(upper < lower)[0]
    return int(count[bad[0]]) if len(bad) else None


def trials(random):
    for a, b, choices in [(1, 9, 20), (0.2, 1.8, 5), (1, 9, 1), (0.1, 4.9, 3), (2, 2, 50)]:
        held = []
        for devices in [2, 5, 20, 50, 200, 1000]:
            values = rates(random, (4000, devices), a, b, choices)
            lower, upper = ends(devices, values.sum(1), (values ** 2).sum(1), SHOWN)
            held.append("%d devices %.3f" % (devices, ((lower <= a / (a + b)) & (a / (a + b) <= upper)).mean()))
        print("rates of beta(%g, %g), %g choices: the mean is held by" % (a, b, choices), ", ".join(held))
    for ratio in [1, 4, 19]:
        print("as good, %d current devices for each: stopped" % ratio, sum(stop(random, ratio, 0) is not None for _ in range(500)), "of 500")
    for harm in [0.1, 0.2, 0.3, 0.5]:
        stops = [stop(random, 4, harm) for _ in range(200)]
        found = [count for count in stops if count]
        print("worse by %g: stopped %d of 200, after a median of %g devices" % (harm, len(found), numpy.median(found)))


def main():
    random = numpy.random.default_rng(21)
    if sys.argv[1:] == ["--trials"]:
        return trials(random)
    fixtures = {"intervals": intervals(random), "shares": shares(), "heldOut": held_out()}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "quality.json")
    with open(path, "w") as file:
        json.dump(fixtures, file)
        file.write("\n")


if __name__ == "__main__":
    main()
