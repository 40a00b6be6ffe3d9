#!/usr/bin/env python3
"""Makes data.json: metrics by scikit-learn and NumPy, random numbers and a k-core by plain Python.

    pip install scikit-learn numpy
    python3 make_data_fixtures.py > data.json
"""
import json
import math

import numpy as np
from sklearn.metrics import log_loss, ndcg_score, roc_auc_score

from xoshiro import Xoshiro


def uniform(numbers):
    return (numbers.next() >> 40) * 2.0**-24


def normal(numbers):
    radius = math.sqrt(-2 * math.log(1 - uniform(numbers)))
    return float(np.float32(radius * math.cos(2 * math.pi * uniform(numbers))))


def known_answers(seed, streams):
    def draw(function, *arguments):
        numbers = Xoshiro(seed, *streams)
        return [function(numbers, *arguments) for _ in range(6)]

    bound = 3 << 61  # not a divisor of 2^64, and so large that a quarter of the draws is drawn again
    return {
        "seed": seed, "streams": streams, "values": [str(value) for value in draw(Xoshiro.next)],
        "uniform": draw(uniform), "normal": draw(normal), "bound": bound, "indices": draw(Xoshiro.below, bound),
    }


def values(users, scores, weight):
    """All metrics, each user counting as often as its weight says."""
    labels = np.zeros_like(scores)
    labels[:, 0] = 1
    rows = weight[users]
    cells = np.repeat(rows, scores.shape[1])
    present = np.unique(users)
    own = [roc_auc_score(labels[users == u].ravel(), scores[users == u].ravel()) for u in present]
    ranks = 1 + (scores[:, 1:] >= scores[:, :1]).sum(1)
    # Ties against us: the positive is put behind whatever equals it before scikit-learn ranks.
    broken = scores.astype(float)
    broken[:, 0] -= 1e-9
    result = {
        "auc": roc_auc_score(labels.ravel(), scores.ravel(), sample_weight=cells),
        "uauc": np.average(own, weights=weight[present]),
        "logloss": log_loss(labels.ravel(), 1 / (1 + np.exp(-scores.ravel().astype(float))), sample_weight=cells),
    }
    for k in (5, 10, 20):
        result[f"hr@{k}"] = np.average(ranks <= k, weights=rows)
        result[f"ndcg@{k}"] = ndcg_score(labels, broken, k=k, sample_weight=rows)
    return result


def metrics(rng, ties):
    users, width = np.sort(rng.integers(0, 7, 40)), 12
    scores = rng.normal(size=(40, width)).astype(np.float32)
    scores[:, 0] += 0.8
    if ties:
        scores = (np.round(scores * 2) / 2).astype(np.float32)
    labels = np.zeros_like(scores)
    labels[:, 0] = 1
    weight = rng.integers(0, 4, 7).astype(float)

    def area(chosen):
        return roc_auc_score(labels[chosen].ravel(), scores[chosen].ravel()) if chosen.any() else None

    lengths = np.arange(1, 41)
    ranges = [(1, 10), (11, 40), (5, 5), (41, 50)]
    return {
        "users": users.tolist(), "width": width, "scores": [float(s) for s in scores.ravel()],
        "values": values(users, scores, np.ones(7)), "weight": weight.tolist(),
        "weighted": values(users, scores, weight),
        "ranks": (1 + (scores[:, 1:] >= scores[:, :1]).sum(1)).tolist(),
        "byUser": [area(users == u) for u in range(users.max() + 1)],
        "groups": [
            {"first": low, "last": high, "area": area((low <= lengths) & (lengths <= high))} for low, high in ranges
        ],
    }


def bootstrap(rng, seed, draws):
    """Two seeds of two methods; users 0 to 8, of whom 4 has no rows."""
    users, width = np.sort(rng.choice([0, 1, 2, 3, 5, 6, 7, 8], 30)), 6
    methods = [[rng.normal(size=(30, width)).astype(np.float32) for _ in range(2)] for _ in range(2)]
    for scores in methods[1]:
        scores[:, 0] += 0.4
    present = np.unique(users)
    differences = {}
    for draw in range(draws):
        numbers = Xoshiro(seed, draw)
        weight = np.zeros(9)
        for _ in present:
            weight[present[numbers.below(len(present))]] += 1
        pairs = [(values(users, new, weight), values(users, old, weight)) for old, new in zip(*methods)]
        for name in pairs[0][0]:
            differences.setdefault(name, []).append(np.mean([new[name] - old[name] for new, old in pairs]))
    flat = [[[float(s) for s in scores.ravel()] for scores in method] for method in methods]
    return {
        "seed": seed, "draws": draws, "users": users.tolist(), "width": width, "base": flat[0], "variant": flat[1],
        "intervals": {name: list(np.quantile(all, [0.025, 0.975])) for name, all in differences.items()},
    }


def core(rng, k):
    edges = [(int(u), int(i)) for u, i in zip(rng.integers(0, 30, 150), rng.integers(0, 25, 150))]
    kept = list(range(len(edges)))
    while True:
        users, items = {}, {}
        for e in kept:
            users[edges[e][0]] = users.get(edges[e][0], 0) + 1
            items[edges[e][1]] = items.get(edges[e][1], 0) + 1
        left = [e for e in kept if users[edges[e][0]] >= k and items[edges[e][1]] >= k]
        if left == kept:
            return {"edges": edges, "k": k, "kept": kept, "users": len(users), "items": len(items)}
        kept = left


rng = np.random.default_rng(3)
numbers = np.sort(rng.normal(size=37))
print(json.dumps({
    "random": known_answers(42, [3, 7]),
    "metrics": [metrics(rng, False), metrics(rng, True)],
    "core": core(rng, 4),
    "bootstrap": bootstrap(rng, 5, 30),
    "quantiles": {
        "numbers": numbers.tolist(), "lower": np.quantile(numbers, 0.025), "upper": np.quantile(numbers, 0.975),
    },
}, separators=(",", ":")))
