"""The shipped rankers and the generator, written with PyTorch's own layers in their textbook form.

Each history is computed alone and unpadded, keys and values are formed, and every personal weight matrix is written out.
`p` holds the parameters by the project's names, matrices as [in, out]; gradients reach them through PyTorch's layers.
"""
import math
import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call


class Parameters(dict):
    """Named leaf tensors with random values of four decimals."""

    def draw(self, name, *shape, scale=0.5):
        values = [round(random.uniform(-scale, scale), 4) for _ in range(math.prod(shape))]
        self[name] = torch.tensor(values).reshape(shape)

    def linear(self, name, inputs, outputs):
        self.draw(f"{name}.weight", inputs, outputs)
        self.draw(f"{name}.bias", outputs)

    def gru(self, name, inputs, outputs):
        self.linear(f"{name}.input", inputs, 3 * outputs)
        self.linear(f"{name}.recurrent", outputs, 3 * outputs)

    def norm(self, name, width):
        self.draw(f"{name}.scale", width)
        self[f"{name}.scale"] += 1
        self.draw(f"{name}.bias", width)

    def attention(self, name, width):
        for role in ("query", "key", "value", "output"):
            self.draw(f"{name}.{role}.weight", width, width)
        for role in ("query", "output"):
            self.draw(f"{name}.{role}.bias", width)

    def table(self, name, items, width):
        self.draw(f"{name}.embedding", items + 1, width, scale=1)
        self[f"{name}.embedding"][0] = 0  # the padding


def linear(p, name, x):
    return F.linear(x, p[f"{name}.weight"].T, p[f"{name}.bias"])


def norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[f"{name}.scale"], p[f"{name}.bias"])


def gru(p, name, x):
    """Every state of a GRU over x, [steps, in] -> [steps, out]."""
    layer = nn.GRU(x.shape[1], p[f"{name}.recurrent.weight"].shape[0], batch_first=True, dtype=x.dtype)
    return functional_call(layer, {
        "weight_ih_l0": p[f"{name}.input.weight"].T, "bias_ih_l0": p[f"{name}.input.bias"],
        "weight_hh_l0": p[f"{name}.recurrent.weight"].T, "bias_hh_l0": p[f"{name}.recurrent.bias"],
    }, (x[None],))[0][0]


def attention(p, name, heads, query, memory, mask=None):
    d = query.shape[1]
    layer = nn.MultiheadAttention(d, heads, batch_first=True, dtype=query.dtype)
    none = torch.zeros(2 * d, dtype=query.dtype)  # our keys and values have no bias
    return functional_call(layer, {
        "in_proj_weight": torch.cat([p[f"{name}.{role}.weight"].T for role in ("query", "key", "value")]),
        "in_proj_bias": torch.cat([p[f"{name}.query.bias"], none]),
        "out_proj.weight": p[f"{name}.output.weight"].T, "out_proj.bias": p[f"{name}.output.bias"],
    }, (query[None], memory[None], memory[None]), {"attn_mask": mask})[0][0]


def embedded(p, table, items):
    return F.embedding(torch.tensor(items), p[f"{table}.embedding"], padding_idx=0)


def ages(history):
    return torch.arange(len(history) - 1, -1, -1)


def placed(p, history):
    return embedded(p, "items", history) + p["placed.embedding"][ages(history)]


def bag(p, history):
    return (p["encoded.weight"][ages(history), None] * embedded(p, "items", history)).sum(0, keepdim=True)


def sasrec(p, history):
    x = placed(p, history)
    normed = norm(p, "samples norm", x)
    x = x[-1:] + attention(p, "attention", 2, normed[-1:], normed)
    inner = torch.relu(linear(p, "inner", norm(p, "attended norm", x)))
    return norm(p, "encoded", x + linear(p, "outer", inner))


def gru4rec(p, history):
    return gru(p, "states", embedded(p, "items", history))[-1:]


def din(p, history, candidates, dynamic):
    target = embedded(p, "items", candidates)
    x = torch.cat([attention(p, "interest", 1, target, placed(p, history)), target], 1)
    return dynamic("score", torch.tanh(dynamic("second", torch.tanh(dynamic("first", x)))))[:, 0]


def corrected(encoder, output, item_bias):
    """A ranker that scores by an inner product: the history's vector, and what the dynamic layers add to it."""
    def score(p, history, candidates, dynamic):
        kept = encoder(p, history)
        user = kept + dynamic("correction", torch.tanh(dynamic("hidden", kept)))
        scores = embedded(p, output, candidates) @ user[0]
        return scores + embedded(p, "biases", candidates)[:, 0] if item_bias else scores

    return score


def small(encoder, form):
    """A corrected ranker whose layers are everybody's, with what a small form does to their values or to the score."""
    def score(p, history, candidates, vectors):
        def layer(name, x, activation):
            y = activation(linear(p, name, x))
            if form == "lowrank" and name == "correction":
                return y + linear(p, f"{name} up", linear(p, f"{name} down", x) * vectors[f"{name} scale"])
            if form == "film":
                y = y + y * vectors[f"{name} scale"]
            return y + vectors[f"{name} offset"] if form in ("offset", "film") else y

        kept = encoder(p, history)
        user = kept + layer("correction", layer("hidden", kept, torch.tanh), lambda y: y)
        scores = embedded(p, "items", candidates) @ user[0]
        if form == "vector":
            scores = scores + embedded(p, "personal", candidates) @ vectors["score personal"]
        return scores

    return score


def vectors(p, g, widths, z):
    """The vectors that a generator makes of z, by name: each is added to everybody's."""
    return {
        name: linear(g, f"{name}.code", z) @ g[f"{name}.bias.decoder"] + g[f"{name}.bias.offset"] + p[f"{name}.bias"]
        for name in widths
    }


def stabilized(candidates):
    """Joins decoders' candidates, [r, M, n] -> [r, n]: softmax of the column sums of A·Aᵀ, row by row, temperature 1."""
    return torch.stack([torch.softmax((a @ a.T).sum(0), 0) @ a for a in candidates])


def generated(p, g, form, layers, z):
    """The weights and biases of one user's dynamic layers, by name."""
    result = {name: (p[f"{name}.weight"], p[f"{name}.bias"]) for name, _, _ in layers}
    if form in ("concat", "user-embedding"):
        # z is one more input of the first layer: the rows of its matrix that z meets are a product of two.
        name = layers[0][0]
        more = linear(g, f"{name}.code", z) @ g[f"{name}.bias.decoder"]
        return {**result, name: (p[f"{name}.weight"], p[f"{name}.bias"] + more)}
    for name, inputs, outputs in layers:
        code = linear(g, f"{name}.code", z)
        made = []
        for role, shape in (("weight", (inputs, outputs)), ("bias", (outputs,))):
            decoder = g[f"{name}.{role}.decoder"]
            decoder = stabilized(decoder) if form == "stabilized" else decoder
            value = (code @ decoder + g[f"{name}.{role}.offset"]).reshape(shape)
            made.append(value if form == "plain" else value + p[f"{name}.{role}"])
        result[name] = tuple(made)
    return result


def transformer(p, g, samples):
    """The shipped encoder of that name; as a ranker of its own it shares the table with the items that are scored."""
    x = embedded(p if "samples.embedding" in p else g, "samples", samples) + g["placed.embedding"][:len(samples)]
    later = torch.triu(torch.ones(len(samples), len(samples), dtype=torch.bool), 1)
    for layer in ("first", "second"):
        normed = norm(g, f"{layer} norm", x)
        x = x + attention(g, f"{layer} attention", 2, normed, normed, later)
        x = x + linear(g, f"{layer} outer", torch.relu(linear(g, f"{layer} inner", norm(g, f"{layer} inner norm", x))))
    return norm(g, "encoded", x)[-1]


def encoded(p, g, samples):
    """What the generator reads of a user's samples, [h]."""
    if "placed.embedding" in g:
        return transformer(p, g, samples)
    last = gru(g, "encoder", embedded(p, "items", samples))[-1]
    return linear(g, "block.second", torch.tanh(linear(g, "block.first", last)))
