#!/usr/bin/env python3
"""Writes trend.json: how far windows are from making a linear forecaster go a given way, and the slope of that. Needs numpy and autograd.

The weights W have a row for each value of a window and one for the bias. A step of gradient descent of size exp(log_rate) on the mean squared error of
windows X with Y behind them comes to W~; the loss is |mask (W~ - W_e)|^2 / |mask (W_s - W_e)|^2. Gradients are autograd's, through the gradient of
the inner error, in double precision. `oracle` has windows that are solved for, whose loss is 0. `lowRank` has fewer windows than the way has singular
values: no step on m windows changes W by a matrix of a higher rank, so the least loss is the share of the squares of the others (Eckart and Young).
"""

import json
import os

import autograd.numpy as np
from autograd import grad
import numpy


def error(weights, x, y):
    return np.mean((np.hstack([x, np.ones((x.shape[0], 1))]) @ weights - y) ** 2)


def loss(x, y, log_rate, start, end, mask):
    moved = start - np.exp(log_rate) * grad(error)(start, x, y)
    return np.sum((mask * (moved - end)) ** 2) / np.sum((mask * (start - end)) ** 2)


def flat(values):
    return numpy.asarray(values).ravel().tolist()


def slope(random, window, horizon, count, share):
    start, end = random.normal(size=(2, window + 1, horizon))
    x, y = random.normal(size=(count, window)), random.normal(size=(count, horizon))
    mask, log_rate = (random.random((window + 1, horizon)) < share).astype(float), float(random.normal())
    arguments = (x, y, log_rate, start, end, mask)
    return {"window": window, "horizon": horizon, "count": count, "start": flat(start), "end": flat(end), "mask": flat(mask),
            "inputs": flat(x), "targets": flat(y), "logRate": log_rate, "loss": float(loss(*arguments)),
            "byInputs": flat(grad(loss, 0)(*arguments)), "byTargets": flat(grad(loss, 1)(*arguments)),
            "byLogRate": float(grad(loss, 2)(*arguments))}


def oracle(random, window, horizon, count):
    start, end = random.normal(size=(2, window + 1, horizon))
    x = random.normal(size=(count, window))
    rows = numpy.hstack([x, numpy.ones((count, 1))])
    k = 2 * 0.5 / (count * horizon)
    y = rows @ start + rows @ numpy.linalg.solve(rows.T @ rows, end - start) / k
    return {"window": window, "horizon": horizon, "count": count, "start": flat(start), "end": flat(end), "inputs": flat(x), "targets": flat(y),
            "logRate": float(numpy.log(0.5))}


def low_rank(random, window, horizon, count):
    left, _ = numpy.linalg.qr(random.normal(size=(window + 1, horizon)))
    right, _ = numpy.linalg.qr(random.normal(size=(horizon, horizon)))
    singular = 0.6 ** numpy.arange(horizon)
    start = 0.3 * random.normal(size=(window + 1, horizon))
    end = start + 0.2 * left @ numpy.diag(singular) @ right
    found = numpy.linalg.svd(end - start, compute_uv=False) ** 2
    return {"window": window, "horizon": horizon, "count": count, "start": flat(start), "end": flat(end),
            "least": float(found[count:].sum() / found.sum())}


random = numpy.random.default_rng(15716)
fixture = {"slopes": [slope(random, 5, 3, 4, 1), slope(random, 4, 2, 7, 0.6)], "oracle": oracle(random, 6, 4, 9),
           "lowRank": [low_rank(random, 11, 8, 2), low_rank(random, 11, 8, 3)]}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "trend.json"), "w") as file:
    json.dump(fixture, file)
    file.write("\n")
