#!/usr/bin/env python3
"""Writes split.json: steps of a federated GAN as one graph, without any split, and Fréchet distances. Needs numpy, scipy and autograd.

Starting weights, images and latent values are sines of their places (`made`), which the tests make, too. Networks are those of
`ImageNetworks` for 2 x 2 images (dense) and 6 x 6 images (convolutional) with one channel; gradients are autograd's, Adam is written out, and
everything is in double precision. `distance` has its matrix root from scipy.
"""

import json
import os

import autograd.numpy as np
from autograd import grad
from scipy.linalg import sqrtm

LATENT, RATE, STEPS = 100, 0.002, 3


def made(count, salt, scale=1.0):
    place = np.arange(count)
    return scale * np.sin(1 + 0.7 * place + 0.01 * place ** 2 + 1.3 * salt)


def leaky(x):
    return np.where(x > 0, x, 0.3 * x)


def norm(x, scale, bias):
    axes = tuple(range(x.ndim - 1))
    mean = np.mean(x, axis=axes)
    variance = np.mean((x - mean) ** 2, axis=axes)
    return (x - mean) / np.sqrt(variance + 1e-3) * scale + bias


def padding(length, stride, size=5):
    windows = -(-length // stride)
    missing = max(0, (windows - 1) * stride + size - length)
    return windows, missing // 2, missing - missing // 2


def convolve(x, weight, bias, stride, size=5):
    """TensorFlow's SAME: x [n, h, w, c], weight [size, size, c, out]."""
    (h, top, bottom), (w, left, right) = padding(x.shape[1], stride), padding(x.shape[2], stride)
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), mode="constant")
    result = bias
    for i in range(size):
        for j in range(size):
            part = x[:, i:i + stride * (h - 1) + 1:stride, j:j + stride * (w - 1) + 1:stride, :]
            result = result + np.einsum("nhwc,co->nhwo", part, weight[i, j])
    return result


def transposed(x, weight, stride, height, width, size=5):
    """What convolve's gradient does to an image: x [n, h, w, in], weight [in, size, size, out] -> [n, height, width, out]."""
    (h, top, bottom), (w, left, right) = padding(height, stride), padding(width, stride)
    result = 0
    for i in range(size):
        for j in range(size):
            part = np.einsum("nhwc,co->nhwo", x, weight[:, i, j, :])
            rows = np.zeros((h, height + top + bottom))
            columns = np.zeros((w, width + left + right))
            rows[np.arange(h), i + stride * np.arange(h)] = 1
            columns[np.arange(w), j + stride * np.arange(w)] = 1
            result = result + np.einsum("nhwo,hy,wx->nyxo", part, rows, columns)
    return result[:, top:top + height, left:left + width, :]


class Dense:
    pixels = 4
    generator_shapes = [(LATENT, 8), (8,), (8,), (8, 8), (8,), (8,), (8, 4), (4,)]
    part_shapes = [[(4, 4), (4,)], [(4, 2), (2,)], [(2, 1), (1,)]]

    @staticmethod
    def generate(p, z):
        x = leaky(norm(z @ p[0], p[1], p[2]))
        x = leaky(norm(x @ p[3], p[4], p[5]))
        return np.tanh(x @ p[6] + p[7])

    @staticmethod
    def discriminate(p, x):
        x = leaky(x @ p[0][0] + p[0][1])
        x = leaky(x @ p[1][0] + p[1][1])
        return x @ p[2][0] + p[2][1]


class Convolutional:
    pixels = 36
    generator_shapes = [(LATENT, 16), (16,), (16,), (4, 5, 5, 2), (2,), (2,), (2, 5, 5, 1), (1,), (1,), (1, 5, 5, 1)]
    part_shapes = [[(5, 5, 1, 1), (1,)], [(5, 5, 1, 2), (2,)], [(5, 5, 2, 4), (4,), (4, 1), (1,)]]

    @staticmethod
    def generate(p, z):
        x = leaky(norm(z @ p[0], p[1], p[2])).reshape((-1, 2, 2, 4))
        x = leaky(norm(transposed(x, p[3], 1, 2, 2), p[4], p[5]))
        x = leaky(norm(transposed(x, p[6], 2, 3, 3), p[7], p[8]))
        return np.tanh(transposed(x, p[9], 2, 6, 6)).reshape((-1, 36))

    @staticmethod
    def discriminate(p, x):
        x = leaky(convolve(x.reshape((-1, 6, 6, 1)), p[0][0], p[0][1], 2))
        x = leaky(convolve(x, p[1][0], p[1][1], 2))
        x = leaky(convolve(x, p[2][0], p[2][1], 2)).reshape((-1, 4))
        return x @ p[2][2] + p[2][3]


def cross_entropy(logits, target):
    return np.mean(np.logaddexp(0, logits) - target * logits)


def start(shapes, salt):
    """Weights of one chain, from one row of sines."""
    count = sum(int(np.prod(shape)) for shape in shapes)
    values, result, place = made(count, salt, 0.3), [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        result.append(values[place:place + size].reshape(shape))
        place += size
    return result


class Adam:
    def __init__(self):
        self.first, self.second, self.step = 0, 0, 0

    def __call__(self, value, gradient):
        self.step += 1
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient ** 2
        mean, square = self.first / (1 - 0.9 ** self.step), self.second / (1 - 0.999 ** self.step)
        return value - RATE * mean / (np.sqrt(square) + 1e-8)


def steps(network, clients, real_count, fakes):
    generator = start(network.generator_shapes, 0)
    parts = [[start(shapes, 1 + part) for part, shapes in enumerate(network.part_shapes)] for _ in range(clients)]
    adams = {}

    def moved(name, values, gradients):
        return [adams.setdefault((name, place), Adam())(value, gradient)
                for place, (value, gradient) in enumerate(zip(values, gradients))]

    losses = []
    for step in range(STEPS):
        z = made(fakes * LATENT, 10 + step).reshape((fakes, LATENT))
        real = [made(real_count * network.pixels, 20 + 5 * step + client).reshape((real_count, network.pixels))
                for client in range(clients)]
        fake = network.generate(generator, z)

        def own(p, client):
            return cross_entropy(network.discriminate(p, real[client]), 1) + cross_entropy(network.discriminate(p, fake), 0)

        def whole(p):
            images = network.generate(p, z)
            return sum(cross_entropy(network.discriminate(parts[client], images), 1) for client in range(clients))

        losses.append([sum(own(parts[c], c) for c in range(clients)) / clients, whole(generator) / clients])
        toward = grad(whole)(generator)
        found = [grad(own)(parts[client], client) for client in range(clients)]
        generator = moved("generator", generator, toward)
        parts = [[moved((client, part), parts[client][part], found[client][part]) for part in range(3)]
                 for client in range(clients)]
    z = made(fakes * LATENT, 99).reshape((fakes, LATENT))
    return {
        "clients": clients, "real": real_count, "fakes": fakes, "losses": losses,
        "parts": [[np.concatenate([v.reshape(-1) for v in part]).tolist() for part in client] for client in parts],
        "images": network.generate(generator, z).reshape(-1).tolist(),
    }


def distance(count, others, width):
    first = made(count * width, 1).reshape((count, width)) + 0.5 * made(count * width, 2).reshape((count, width)) ** 2
    second = made(others * width, 3).reshape((others, width)) * (1 + np.arange(width)) + 0.3
    a, b = (np.atleast_2d(np.cov(rows.T)) for rows in (first, second))
    means = first.mean(0) - second.mean(0)
    return {
        "counts": [count, others, width],
        "distance": float(means @ means + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))),
    }


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value if isinstance(value, int) else float(f"{value:.9g}")


result = {
    "rate": RATE,
    "dense": steps(Dense, clients=2, real_count=5, fakes=4),
    "convolutional": steps(Convolutional, clients=2, real_count=3, fakes=4),
    "frechet": [distance(40, 30, 4), distance(50, 20, 8), distance(20, 20, 1)],
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "split.json")
with open(path, "w") as file:
    json.dump(rounded(result), file)
    file.write("\n")
