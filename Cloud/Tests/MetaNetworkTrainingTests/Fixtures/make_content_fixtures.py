#!/usr/bin/env python3
"""Makes content.json: a ridge regression of rows with weights on vectors, solved by numpy from its normal equations.

    pip install numpy
    python3 make_content_fixtures.py > content.json
"""
import json

import numpy as np

random = np.random.default_rng(7)
ROWS, INPUTS, TARGETS = 24, 5, 3
x = (random.normal(size=(ROWS, INPUTS)) * [1, 10, 0.1, 1, 1] + [0, 5, 0, 0, 2]).round(4)
x[:, 3] = 1.5  # says nothing
y = (x @ random.normal(size=(INPUTS, TARGETS)) + random.normal(size=(ROWS, TARGETS)) * 0.3 - 1).round(4)
w = random.uniform(0.1, 1, size=ROWS).round(4)


def ridge(penalty):
    """Weighted columns of mean 0 and variance 1; the penalty is in variances of a column, the intercept has none."""
    share = w / w.sum()
    mean, center = share @ x, share @ y
    deviation = np.sqrt(share @ (x - mean) ** 2)
    scale = np.where(deviation > 1e-6, 1 / np.where(deviation > 1e-6, deviation, 1), 0)
    z = (x - mean) * scale
    weights = np.linalg.solve(z.T @ (share[:, None] * z) + penalty * np.eye(INPUTS), z.T @ (share[:, None] * (y - center)))
    weights = scale[:, None] * weights
    return {"penalty": penalty, "weights": weights.ravel().tolist(), "offset": (center - mean @ weights).tolist()}


print(json.dumps({"inputs": x.tolist(), "targets": y.tolist(), "weights": w.tolist(),
                  "solutions": [ridge(penalty) for penalty in (0.001, 0.1, 10)]}, indent=1))
