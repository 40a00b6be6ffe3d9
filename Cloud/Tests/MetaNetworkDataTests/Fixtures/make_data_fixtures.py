#!/usr/bin/env python3
"""Makes data.json: metrics by scikit-learn and NumPy, random numbers and a k-core by plain Python.

    pip install scikit-learn numpy
    python3 make_data_fixtures.py > data.json
"""
import json

import numpy as np
from sklearn.metrics import log_loss, ndcg_score, roc_auc_score

MASK = (1 << 64) - 1


def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def xoshiro(seed, streams, count):
    """xoshiro256** as published, seeded as SeededGenerator documents."""
    mix = seed
    for stream in streams:
        mix, value = splitmix(mix)
        mix = value ^ ((stream * 0x9E3779B97F4A7C15) & MASK)
    s = []
    for _ in range(4):
        mix, value = splitmix(mix)
        s.append(value)
    rotate = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
    result = []
    for _ in range(count):
        result.append((rotate((s[1] * 5) & MASK, 7) * 9) & MASK)
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
    return [str(value) for value in result]


def metrics(rng, ties):
    users, width = np.sort(rng.integers(0, 7, 40)), 12
    scores = rng.normal(size=(40, width)).astype(np.float32)
    scores[:, 0] += 0.8
    if ties:
        scores = (np.round(scores * 2) / 2).astype(np.float32)
    labels = np.zeros_like(scores)
    labels[:, 0] = 1
    weight = rng.integers(0, 4, 7).astype(float)
    rows = np.repeat(weight[users], width)
    present = np.unique(users)
    values = {
        "auc": roc_auc_score(labels.ravel(), scores.ravel()),
        "uauc": np.mean([roc_auc_score(labels[users == u].ravel(), scores[users == u].ravel()) for u in present]),
        "logloss": log_loss(labels.ravel(), 1 / (1 + np.exp(-scores.ravel().astype(float)))),
    }
    ranks = 1 + (scores[:, 1:] >= scores[:, :1]).sum(1)
    for k in (5, 10, 20):
        values[f"hr@{k}"] = np.mean(ranks <= k)
        # Ties against us: the positive is put behind whatever equals it before scikit-learn ranks.
        broken = scores.astype(float)
        broken[:, 0] -= 1e-9
        values[f"ndcg@{k}"] = ndcg_score(labels, broken, k=k)
    return {
        "users": users.tolist(), "width": width, "scores": [float(s) for s in scores.ravel()],
        "values": values, "weight": weight.tolist(), "ranks": ranks.tolist(),
        "weightedAUC": roc_auc_score(labels.ravel(), scores.ravel(), sample_weight=rows),
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
    "random": {"seed": 42, "streams": [3, 7], "values": xoshiro(42, [3, 7], 6)},
    "metrics": [metrics(rng, False), metrics(rng, True)],
    "core": core(rng, 4),
    "quantiles": {"numbers": numbers.tolist(), "lower": np.quantile(numbers, 0.025), "upper": np.quantile(numbers, 0.975)},
}, separators=(",", ":")))
