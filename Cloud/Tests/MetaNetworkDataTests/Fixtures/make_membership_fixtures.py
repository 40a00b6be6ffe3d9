"""Writes membership.json: AUC by SciPy's Mann-Whitney U, and the share of members above the lowest threshold that few others reach, searched in NumPy."""

import json
import pathlib

import numpy as np
from scipy.stats import mannwhitneyu

random = np.random.default_rng(23)
cases = []
for members, others, rate in (
    (random.normal(0.5, 1, 60), random.normal(0, 1, 80), 0.05),
    # Ties within and between.
    (random.integers(0, 6, 50).astype(float), random.integers(0, 5, 40).astype(float), 0.1),
    (random.normal(0, 1, 30), random.normal(1, 1, 20), 0.001),
    (random.normal(3, 1, 30), random.normal(0, 1, 20), 0.0),
):
    auc = mannwhitneyu(members, others).statistic / (len(members) * len(others))
    told = [np.mean(members >= threshold) for threshold in np.concatenate([members, others]) if np.mean(others >= threshold) <= rate]
    cases.append({"members": members.tolist(), "others": others.tolist(), "rate": rate, "auc": float(auc), "truePositives": float(max(told, default=0))})
(pathlib.Path(__file__).parent / "membership.json").write_text(json.dumps(cases) + "\n")
