#!/usr/bin/env python3
"""Writes loads.json: the shortest iteration of devices that send codes of the rows that they have no time for to neighbours that have time.
Needs numpy and scipy.

An iteration of T seconds leaves device i with max(0, rows - T/pace) rows, of which a code of `rate` times as many flows along its links; whoever
has time for all of its own rows has T/pace - rows to spare. Whether all codes find a place is a linear programme over the flows, solved by HiGHS
with rows as real numbers; T is found by halving. `cholesky` is ridge regression by numpy.
"""

import json
import os

import numpy as np
from scipy.optimize import linprog


def possible(rows, pace, rate, links, seconds):
    able = seconds / pace
    excess = np.maximum(0, rows - able)
    edges = [(a, b) for pair in links for a, b in (pair, pair[::-1]) if excess[a] > 0 and excess[b] <= 0]
    slow = np.flatnonzero(excess > 0)
    if not len(slow):
        return True
    if not edges:
        return False
    given, taken = np.zeros((len(rows), len(edges))), np.zeros((len(rows), len(edges)))
    for number, (a, b) in enumerate(edges):
        given[a, number] = taken[b, number] = 1
    fast = np.flatnonzero(excess <= 0)
    # The most that flows, rather than whether all does: what is exactly possible is else a matter of the solver's tolerance.
    found = linprog(-np.ones(len(edges)), np.vstack([given[slow], taken[fast]]),
                    np.concatenate([rate * excess[slow], (able - rows)[fast]]), bounds=(0, None), method="highs")
    return -found.fun >= rate * excess.sum() - 1e-7


def shortest(rows, pace, rate, links):
    low, high = 0.0, float((rows * pace).max())
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if possible(rows, pace, rate, links, middle) else (middle, high)
    return high


def case(random, count, rate, share):
    rows = random.integers(500, 4000, count)
    rows[random.random(count) < 0.1] = 0
    pace = np.round(np.minimum(10, 1 + 2 * random.exponential(size=count)), 3)
    links = [[a, b] for a in range(count) for b in range(a) if random.random() < share]
    return {"rows": rows.tolist(), "pace": pace.tolist(), "rate": rate, "links": links, "isFull": share >= 1,
            "seconds": shortest(rows.astype(float), pace, rate, links)}


def ridge(random):
    x, y = random.normal(size=(30, 5)).round(3), random.normal(size=(30, 2)).round(3)
    weights = np.linalg.solve(x.T @ x / 30 + 0.1 * np.eye(5), x.T @ y / 30)
    return {"inputs": x.ravel().tolist(), "targets": y.ravel().tolist(), "ridge": 0.1, "weights": weights.ravel().tolist(),
            "error": float(((x @ weights - y) ** 2).sum())}


random = np.random.default_rng(5)
cases = [case(random, count, rate, share) for count in (6, 25) for share in (1.0, 0.4, 0.12) for rate in (1.0, 0.5, 0.1)]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "loads.json"), "w") as file:
    json.dump({"loads": cases, "ridge": ridge(random)}, file)
    file.write("\n")
