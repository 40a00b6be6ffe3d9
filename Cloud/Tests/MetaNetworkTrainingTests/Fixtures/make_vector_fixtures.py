#!/usr/bin/env python3
"""Makes vectors.json: small models over vectors, windows and images written with PyTorch's own layers, and what they compute.

    pip install torch numpy
    python3 make_vector_fixtures.py > vectors.json

The layers here are torch.nn.functional's in their textbook form. Images are channels first, kernels are [filters, channels,
height, width], and every generated weight is written out. Our interpreters hold positions first and kernels as matrices, and
must agree.
"""
import json
import math
import random

import torch
from torch.nn import functional as F

torch.manual_seed(11)
random.seed(11)
ROWS, RANK = 3, 2


def rounded(tensor):
    return [round(v, 7) for v in tensor.detach().double().reshape(-1).tolist()]


class Model:
    """Named weights in the project's layout, the code of each row, and the layers that use both."""

    def __init__(self):
        self.weights, self.generated, self.row = {}, {}, None

    def draw(self, name, *shape, scale=0.5):
        if name not in self.weights:
            values = [round(random.uniform(-scale, scale), 4) for _ in range(math.prod(shape))]
            self.weights[name] = torch.tensor(values).reshape(shape)
        return self.weights[name]

    def layer(self, name, n_in, n_out, dynamic):
        """Weight [in, out] and bias, those of the row where the layer is dynamic and a row is chosen."""
        weight, bias = self.draw(f"{name}.weight", n_in, n_out), self.draw(f"{name}.bias", n_out)
        if not dynamic:
            return weight, bias
        if name not in self.generated:
            other = Model()
            self.generated[name] = {
                "code": other.draw("code", ROWS, RANK, scale=1),
                "weightDecoder": other.draw("weight", RANK, n_in * n_out, scale=0.3),
                "biasDecoder": other.draw("bias", RANK, n_out, scale=0.3),
            }
        if self.row is None:
            return weight, bias
        made = self.generated[name]
        code = made["code"][self.row]
        return weight + (code @ made["weightDecoder"]).reshape(n_in, n_out), bias + code @ made["biasDecoder"]

    def dense(self, name, x, n_out, dynamic=False):
        weight, bias = self.layer(name, x.shape[-1], n_out, dynamic)
        return F.linear(x, weight.T, bias)

    def convolution(self, name, x, filters, kernel, stride=1, same=False, dynamic=False):
        channels = x.shape[0]
        weight, bias = self.layer(name, kernel * kernel * channels, filters, dynamic)
        weight = weight.reshape(kernel, kernel, channels, filters).permute(3, 2, 0, 1)
        if same:
            pads = []
            for length in (x.shape[2], x.shape[1]):  # F.pad begins with the last axis
                total = max(0, (math.ceil(length / stride) - 1) * stride + kernel - length)
                pads += [total // 2, total - total // 2]
            x = F.pad(x, pads)
        return F.conv2d(x[None], weight, bias, stride=stride)[0]

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.draw(f"{name}.scale", x.shape[-1], scale=1), self.draw(f"{name}.bias", x.shape[-1]))

    def gru(self, name, x, units):
        cell = torch.nn.GRU(x.shape[-1], units, batch_first=True)
        cell.weight_ih_l0.data = self.draw(f"{name}.input.weight", x.shape[-1], 3 * units).T.contiguous()
        cell.bias_ih_l0.data = self.draw(f"{name}.input.bias", 3 * units)
        cell.weight_hh_l0.data = self.draw(f"{name}.recurrent.weight", units, 3 * units).T.contiguous()
        cell.bias_hh_l0.data = self.draw(f"{name}.recurrent.bias", 3 * units)
        return cell(x[None])[0][0]

    def attention(self, name, query, memory, heads):
        return self.attend(name, query[None], memory, heads)[0]

    def self_attention(self, name, x, heads):
        later = torch.triu(torch.ones(len(x), len(x), dtype=torch.bool), 1)
        return self.attend(name, x, x, heads, later)

    def attend(self, name, queries, memory, heads, mask=None):
        d = queries.shape[-1]
        layer = torch.nn.MultiheadAttention(d, heads, batch_first=True)
        parts = [self.draw(f"{name}.{role}.weight", d, d) for role in ("query", "key", "value")]
        layer.in_proj_weight.data = torch.cat([p.T for p in parts])
        layer.in_proj_bias.data = torch.cat([self.draw(f"{name}.query.bias", d), torch.zeros(2 * d)])
        layer.out_proj.weight.data = self.draw(f"{name}.output.weight", d, d).T.contiguous()
        layer.out_proj.bias.data = self.draw(f"{name}.output.bias", d)
        return layer(queries[None], memory[None], memory[None], attn_mask=mask)[0][0]


def flatten(x):
    """Positions from left to right and from top to bottom, the channels of each together."""
    return x.permute(1, 2, 0).reshape(-1)


def node(name, operation, *inputs, **keys):
    return {"name": name, "operation": operation, "inputs": list(inputs), **keys}


def shipped_cnn(m, x):
    x = F.max_pool2d(torch.relu(m.convolution("edges", x, 8, 3)), 2)
    x = F.max_pool2d(torch.relu(m.convolution("shapes", x, 16, 3)), 2)
    sample = flatten(x)
    return m.dense("logits", torch.relu(m.dense("hidden", sample, 32, True)), 3, True), sample


def dynamic_cnn(m, x):
    x = F.max_pool2d(torch.relu(m.convolution("first", x, 3, 3)), 2)
    sample = x.mean((1, 2))
    x = torch.tanh(m.convolution("second", x, 4, 2, same=True, dynamic=True))
    return m.dense("out", flatten(x), 3, True), sample


def strided_cnn(m, x):
    x = m.convolution("first", x, 6, 5, stride=2, same=True)
    x = F.avg_pool2d(x, 3, 2)
    x = m.norm("norm", x.mean((1, 2)))
    return m.dense("out", x, 4, True), None


def mlp(m, x):
    x = (x - m.draw("whitened.mean", 6)) * m.draw("whitened.scale", 6, scale=2)
    x = m.norm("norm", torch.tanh(m.dense("first", x, 8)))
    y = torch.relu(m.dense("second", x, 5, True))
    return m.dense("out", torch.cat([y, x]), 2), x


def windows(m, x):
    x = x + m.draw("placed.embedding", 5, 3)[torch.arange(4, -1, -1)]
    x = m.gru("states", torch.tanh(m.dense("samples", x, 4)), 6)
    recent = x[-1]
    found = m.attention("found", recent, x, 2)
    joined = torch.cat([recent + found, x.mean(0), m.dense("each", x, 2, True).reshape(-1)])
    return m.dense("out", joined, 2, True), recent


def transformer(m, x):
    x = x + m.draw("placed.embedding", 6, 4)
    x = x + m.self_attention("first", x, 1)
    y = m.norm("norm", x)
    y = x + m.self_attention("second", y, 2)
    spread = (x.var(0, unbiased=False) + 1e-8).sqrt()
    return m.dense("out", torch.cat([y[-1], spread]), 3, True), spread


def several(m, x):
    statistics, readings, picture, question = x
    mean = m.draw("even.mean", 4)
    even = (mean if statistics is None else statistics) - mean
    even = even * m.draw("even.scale", 4, scale=2)
    states = m.gru("states", torch.zeros(3, 2) if readings is None else readings, 5)
    shapes = torch.relu(m.convolution("shapes", picture, 3, 2))
    table = m.draw("words.embedding", 4, 3)
    table[0] = 0
    asked = F.embedding(torch.tensor(question), table)
    joined = torch.cat([even, states[-1], flatten(shapes), asked])
    return m.dense("out", torch.tanh(m.dense("hidden", joined, 6, True)), 3), torch.cat([even, asked])


def rows_of_several():
    m = Model()
    rows = [[m.draw(f"a{row}", 4, scale=1), m.draw(f"b{row}", 3, 2, scale=1), m.draw(f"c{row}", 2, 3, 3, scale=1), token]
            for row, token in enumerate((2, 0, 3))]
    # An input of the second row and one of the third are missing.
    rows[1][0] = rows[2][1] = None
    return rows


def flat(row, sizes):
    """One input after the other; a missing one is null."""
    if torch.is_tensor(row):
        return rounded(row)
    values = []
    for value, size in zip(row, sizes):
        values += [None] * size if value is None else rounded(value) if torch.is_tensor(value) else [value]
    return values


def image(channels, height, width):
    return {"name": "image", "kind": "image", "channels": channels, "height": height, "width": width}


CASES = [
    ("shipped cnn", shipped_cnn, image(1, 10, 11), [
        node("edges", "convolution", "image", filters=8, kernel=3, padding="valid", activation="relu"),
        node("edges half", "pooling", "edges", kind="max", size=2),
        node("shapes", "convolution", "edges half", filters=16, kernel=3, padding="valid", activation="relu"),
        node("shapes half", "pooling", "shapes", kind="max", size=2),
        node("features", "flatten", "shapes half"),
        node("hidden", "dense", "features", units=32, activation="relu", dynamic=True),
        node("logits", "dense", "hidden", units=3, dynamic=True)], "logits", "features"),
    ("dynamic cnn", dynamic_cnn, image(2, 9, 8), [
        node("first", "convolution", "image", filters=3, kernel=3, padding="valid", activation="relu"),
        node("half", "pooling", "first", kind="max", size=2),
        node("sample", "mean", "half"),
        node("second", "convolution", "half", filters=4, kernel=2, activation="tanh", dynamic=True),
        node("flat", "flatten", "second"),
        node("out", "dense", "flat", units=3, dynamic=True)], "out", "sample"),
    ("strided cnn", strided_cnn, image(3, 12, 9), [
        node("first", "convolution", "image", filters=6, kernel=5, stride=2, padding="same"),
        node("pooled", "pooling", "first", kind="average", size=3, stride=2),
        node("mean", "mean", "pooled"),
        node("norm", "layerNorm", "mean"),
        node("out", "dense", "norm", units=4, dynamic=True)], "out", None),
    ("mlp", mlp, {"name": "x", "kind": "vector", "width": 6}, [
        node("whitened", "standardize", "x"),
        node("first", "dense", "whitened", units=8, activation="tanh"),
        node("norm", "layerNorm", "first"),
        node("second", "dense", "norm", units=5, activation="relu", dynamic=True),
        node("joined", "concatenate", "second", "norm"),
        node("out", "dense", "joined", units=2)], "out", "norm"),
    ("windows", windows, {"name": "x", "kind": "vectors", "length": 5, "width": 3}, [
        node("placed", "position", "x"),
        node("samples", "dense", "placed", units=4, activation="tanh"),
        node("states", "gru", "samples", units=6),
        node("recent", "last", "states"),
        node("found", "attention", "recent", "states", heads=2),
        node("sum", "add", "recent", "found"),
        node("mean", "mean", "states"),
        node("each", "dense", "states", units=2, dynamic=True),
        node("flat", "flatten", "each"),
        node("joined", "concatenate", "sum", "mean", "flat"),
        node("out", "dense", "joined", units=2, dynamic=True)], "out", "recent"),
    ("transformer", transformer, {"name": "x", "kind": "vectors", "length": 6, "width": 4}, [
        node("placed", "order", "x"),
        node("first", "selfAttention", "placed", heads=1),
        node("first sum", "add", "placed", "first"),
        node("norm", "layerNorm", "first sum"),
        node("second", "selfAttention", "norm", heads=2),
        node("second sum", "add", "first sum", "second"),
        node("recent", "last", "second sum"),
        node("spread", "spread", "first sum"),
        node("joined", "concatenate", "recent", "spread"),
        node("out", "dense", "joined", units=3, dynamic=True)], "out", "spread"),
    ("several", several, [
        {"name": "statistics", "kind": "vector", "width": 4}, {"name": "readings", "kind": "vectors", "length": 3, "width": 2},
        {"name": "picture", "kind": "image", "channels": 2, "height": 3, "width": 3},
        {"name": "question", "kind": "token", "tokens": ["which", "how", "when"]}], [
        node("even", "standardize", "statistics"),
        node("states", "gru", "readings", units=5),
        node("recent", "last", "states"),
        node("shapes", "convolution", "picture", filters=3, kernel=2, padding="valid", activation="relu"),
        node("flat", "flatten", "shapes"),
        node("asked", "embedding", "question", table="words", width=3),
        node("joined", "concatenate", "even", "recent", "flat", "asked"),
        node("sample", "concatenate", "even", "asked"),
        node("hidden", "dense", "joined", units=6, activation="tanh", dynamic=True),
        node("out", "dense", "hidden", units=3)], "out", "sample"),
]


def case(name, function, source, nodes, output, sample):
    model = Model()
    sources = source if isinstance(source, list) else [source]
    shapes = [[each[key] for key in ("channels", "height", "length", "width") if key in each] for each in sources]
    inputs = rows_of_several() if len(sources) > 1 else Model().draw("x", ROWS, *shapes[0], scale=1)
    outputs = {"global": [], "personal": [], "samples": []}
    with torch.no_grad():
        for row in range(ROWS):
            for kind in ("global", "personal"):
                model.row = row if kind == "personal" else None
                result, embedding = function(model, inputs[row])
                outputs[kind].append(rounded(result))
            outputs["samples"].append(rounded(inputs[row] if embedding is None else embedding))

    def dump(tensors):
        return {key: {"shape": list(t.shape), "values": rounded(t)} for key, t in tensors.items()}

    architecture = {"name": name, "inputs": sources, "nodes": nodes, "output": output}
    if sample:
        architecture["sample"] = sample
    rows = [flat(row, [math.prod(shape) for shape in shapes]) for row in inputs]
    return {"architecture": architecture, "inputs": rows, "device": dump(model.weights),
            "generated": {key: dump(parts) for key, parts in model.generated.items()}, **outputs}


print(json.dumps({"cases": [case(*each) for each in CASES]}, separators=(",", ":")))
