#!/usr/bin/env python3
"""Makes bootstrap.json: intervals of two methods by scikit-learn and NumPy on rows that are truly drawn again.

    pip install scikit-learn numpy
    python3 make_bootstrap_fixtures.py > bootstrap.json
"""
import json

import numpy as np
from sklearn.metrics import log_loss, ndcg_score, roc_auc_score

from xoshiro import Xoshiro


def measure(scores, rows_of_drawn):
    """All metrics over the rows of the drawn users, one array of row numbers a draw of a user."""
    chosen = scores[np.concatenate(rows_of_drawn)]
    labels = np.zeros_like(chosen)
    labels[:, 0] = 1
    user_labels = lambda rows: labels[: len(rows)].ravel()
    values = {
        "auc": roc_auc_score(labels.ravel(), chosen.ravel()),
        "uauc": np.mean([roc_auc_score(user_labels(rows), scores[rows].ravel()) for rows in rows_of_drawn]),
        "logloss": log_loss(labels.ravel(), 1 / (1 + np.exp(-chosen.ravel().astype(float)))),
    }
    ranks = 1 + (chosen[:, 1:] >= chosen[:, :1]).sum(1)
    for k in (5, 10, 20):
        values[f"hr@{k}"] = np.mean(ranks <= k)
        # Ties against us: the positive is put behind whatever equals it before scikit-learn ranks.
        broken = chosen.astype(float)
        broken[:, 0] -= 1e-9
        values[f"ndcg@{k}"] = ndcg_score(labels, broken, k=k)
    return values


rng = np.random.default_rng(11)
SEED, DRAWS, WIDTH = 5, 40, 24
# Users 2 and 6 have no rows.
users = np.sort(rng.choice([0, 1, 3, 4, 5, 7, 8, 9], 30))
present = np.unique(users)


def scores(gain):
    result = np.round(rng.normal(size=(len(users), WIDTH)) * 4) / 4
    result[:, 0] += gain
    result[3, 0], result[7, 2] = -50, 60  # log_loss clips their probabilities
    return result.astype(np.float32)


base, variant = [scores(0.75) for _ in range(2)], [scores(1.0) for _ in range(2)]
differences = []
for draw in range(DRAWS):
    random = Xoshiro(SEED, draw)
    drawn = [present[random.below(len(present))] for _ in present]
    rows = [np.flatnonzero(users == user) for user in drawn]
    pairs = [(measure(v, rows), measure(b, rows)) for v, b in zip(variant, base)]
    differences.append({name: np.mean([v[name] - b[name] for v, b in pairs]) for name in pairs[0][0]})
intervals = {
    name: [np.quantile([d[name] for d in differences], q) for q in (0.025, 0.975)] for name in differences[0]
}
everyone = [np.flatnonzero(users == user) for user in present]
print(json.dumps({
    "seed": SEED, "draws": DRAWS, "width": WIDTH, "users": users.tolist(),
    "base": [[float(x) for x in s.ravel()] for s in base],
    "variant": [[float(x) for x in s.ravel()] for s in variant],
    "baseValues": [measure(s, everyone) for s in base], "intervals": intervals,
}, separators=(",", ":")))
