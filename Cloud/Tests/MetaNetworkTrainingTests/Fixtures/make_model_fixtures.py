#!/usr/bin/env python3
"""Makes models.json: small device models and generators written with PyTorch's own layers, and what they compute.

    pip install torch numpy
    python3 make_model_fixtures.py > models.json

The layers here are torch.nn's (Embedding, Linear, GRU, MultiheadAttention, LayerNorm) in their textbook form: keys and
values are formed, every sample is computed, every weight matrix is written out. Our interpreter takes shorter ways and
must agree.
"""
import json
import random

import torch
from torch import nn

torch.manual_seed(7)
random.seed(7)
WIDTH, WINDOW, ITEMS, HEADS, H, RANK, M = 8, 5, 12, 4, 6, 3, 4


def rounded(tensor):
    return [round(v, 7) for v in tensor.detach().double().reshape(-1).tolist()]


class Weights:
    """Draws named tensors and remembers them in the project's layout, [in, out] for matrices."""

    def __init__(self):
        self.values = {}

    def draw(self, name, *shape, scale=0.5):
        tensor = torch.tensor([round(random.uniform(-scale, scale), 4) for _ in range(torch.Size(shape).numel())])
        tensor = tensor.reshape(shape)
        self.values[name] = tensor
        return tensor

    def linear(self, name, n_in, n_out):
        layer = nn.Linear(n_in, n_out)
        layer.weight.data = self.draw(f"{name}.weight", n_in, n_out).T.contiguous()
        layer.bias.data = self.draw(f"{name}.bias", n_out)
        return layer

    def gru(self, name, n_in, n_out):
        layer = nn.GRU(n_in, n_out, batch_first=True)
        layer.weight_ih_l0.data = self.draw(f"{name}.input.weight", n_in, 3 * n_out).T.contiguous()
        layer.bias_ih_l0.data = self.draw(f"{name}.input.bias", 3 * n_out)
        layer.weight_hh_l0.data = self.draw(f"{name}.recurrent.weight", n_out, 3 * n_out).T.contiguous()
        layer.bias_hh_l0.data = self.draw(f"{name}.recurrent.bias", 3 * n_out)
        return layer

    def norm(self, name, n):
        layer = nn.LayerNorm(n)
        layer.weight.data = self.draw(f"{name}.scale", n) + 1
        self.values[f"{name}.scale"] = layer.weight.data
        layer.bias.data = self.draw(f"{name}.bias", n)
        return layer

    def attention(self, name, d, heads):
        layer = nn.MultiheadAttention(d, heads, batch_first=True)
        parts = [self.draw(f"{name}.{role}.weight", d, d) for role in ("query", "key", "value")]
        layer.in_proj_weight.data = torch.cat([p.T for p in parts])
        layer.in_proj_bias.data = torch.cat([self.draw(f"{name}.query.bias", d), torch.zeros(2 * d)])
        layer.out_proj.weight.data = self.draw(f"{name}.output.weight", d, d).T.contiguous()
        layer.out_proj.bias.data = self.draw(f"{name}.output.bias", d)
        return layer


def dynamic(x, weights, name, personal):
    """A dynamic layer: x [n, in] with one weight matrix for all n rows."""
    weight, bias = personal[name] if personal else (weights.values[f"{name}.weight"], weights.values[f"{name}.bias"])
    return x @ weight + bias


def sasrec(w):
    table = w.draw("items.embedding", ITEMS + 1, WIDTH)
    table[0] = 0
    place = w.draw("placed.embedding", WINDOW, WIDTH)
    samples = w.linear("samples", WIDTH, WIDTH)
    attention = w.attention("attended", WIDTH, HEADS)
    norm1, norm2 = w.norm("attended norm", WIDTH), w.norm("encoded", WIDTH)
    inner, outer = w.linear("inner", WIDTH, 4 * WIDTH), w.linear("outer", 4 * WIDTH, WIDTH)
    for name in ("hidden", "user"):
        w.linear(name, WIDTH, WIDTH)
    t1, t2 = w.linear("target inner", WIDTH, WIDTH), w.linear("target", WIDTH, WIDTH)

    def score(history, candidates, personal):
        ages = torch.arange(len(history) - 1, -1, -1)
        x = torch.tanh(samples(table[history] + place[ages]))[None]
        x = norm1(x + attention(x, x, x)[0])
        x = norm2(x + outer(torch.relu(inner(x))))[0, -1:]
        user = dynamic(torch.tanh(dynamic(x, w, "hidden", personal)), w, "user", personal)
        return (t2(torch.tanh(t1(table[candidates]))) @ user[0])

    return score, [("hidden", WIDTH, WIDTH), ("user", WIDTH, WIDTH)]


def gru4rec(w):
    table = w.draw("items.embedding", ITEMS + 1, WIDTH)
    table[0] = 0
    samples, gru = w.linear("samples", WIDTH, WIDTH), w.gru("states", WIDTH, WIDTH)
    for name in ("hidden", "user"):
        w.linear(name, WIDTH, WIDTH)
    t1, t2 = w.linear("target inner", WIDTH, WIDTH), w.linear("target", WIDTH, WIDTH)

    def score(history, candidates, personal):
        x = gru(torch.tanh(samples(table[history]))[None])[0][0, -1:]
        user = dynamic(torch.tanh(dynamic(x, w, "hidden", personal)), w, "user", personal)
        return (t2(torch.tanh(t1(table[candidates]))) @ user[0])

    return score, [("hidden", WIDTH, WIDTH), ("user", WIDTH, WIDTH)]


def din(w):
    table = w.draw("items.embedding", ITEMS + 1, WIDTH)
    table[0] = 0
    attention = w.attention("interest", WIDTH, 1)
    for name, n_in, n_out in (("first", 2 * WIDTH, 12), ("second", 12, 6), ("score", 6, 1)):
        w.linear(name, n_in, n_out)

    def score(history, candidates, personal):
        memory, target = table[history][None], table[candidates][None]
        x = torch.cat([attention(target, memory, memory)[0], target], 2)[0]
        x = torch.tanh(dynamic(x, w, "first", personal))
        return dynamic(torch.tanh(dynamic(x, w, "second", personal)), w, "score", personal)[:, 0]

    return score, [("first", 2 * WIDTH, 12), ("second", 12, 6), ("score", 6, 1)]


def stabilize(candidates, similarity, temperature):
    """The paper's formula as it stands: S = A·Aᵀ, column sums, softmax. candidates: [r, M, n] -> [r, n]."""
    def join(a):  # [M, n]
        return torch.softmax((a @ a.T).sum(0) / temperature, 0) @ a

    if similarity == "rows":
        return torch.stack([join(row) for row in candidates])
    r, m, n = candidates.shape
    return join(candidates.transpose(0, 1).reshape(m, r * n)).reshape(r, n)


def generator(w, layers, form, similarity, temperature):
    encoder, g = w.gru("encoder", WIDTH, H), Weights()
    g.values = {k: w.values.pop(k) for k in list(w.values) if k.startswith("encoder.")}
    first, second = g.linear("block.first", H, H), g.linear("block.second", H, H)
    made = {}
    for name, n_in, n_out in layers:
        code = g.linear(f"{name}.code", H, RANK)
        shape = (lambda n: (RANK, M, n)) if form == "stabilized" else (lambda n: (RANK, n))
        scale = 0.3 / (n_in ** 0.5)
        decoder = g.draw(f"{name}.weight.decoder", *shape(n_in * n_out), scale=scale)
        offset = g.draw(f"{name}.weight.offset", n_in * n_out, scale=scale)
        bias_decoder = g.draw(f"{name}.bias.decoder", *shape(n_out), scale=scale)
        bias_offset = g.draw(f"{name}.bias.offset", n_out, scale=scale)
        if form == "stabilized":
            decoder = stabilize(decoder, similarity, temperature)
            bias_decoder = stabilize(bias_decoder, similarity, temperature)
        made[name] = (n_in, n_out, code, decoder, offset, bias_decoder, bias_offset)

    def personal(samples):
        table = w.values["items.embedding"]
        z = second(torch.tanh(first(encoder(table[samples][None])[1][0, 0])))
        result = {}
        for name, (n_in, n_out, code, decoder, offset, bias_decoder, bias_offset) in made.items():
            e = code(z)
            weight, bias = (e @ decoder + offset).reshape(n_in, n_out), e @ bias_decoder + bias_offset
            if form != "plain":
                weight, bias = weight + w.values[f"{name}.weight"], bias + w.values[f"{name}.bias"]
            result[name] = (weight, bias)
        return result

    return personal, g


def case(model, form, similarity="rows", temperature=1.0):
    w = Weights()
    score, layers = {"sasrec-paper": sasrec, "gru4rec-paper": gru4rec, "din-paper": din}[model](w)
    personal, g = generator(w, layers, form, similarity, temperature)
    histories = [[3, 7, 1, 12, 5], [2, 9], [4], [11, 11, 6, 2]]
    samples = [[8, 10, 3, 7, 1, 12, 5], [2, 9], [1, 2, 3, 4], [11, 11, 6, 2]]
    candidates = [[1, 2, 3], [12, 4, 12], [5, 6, 7], [8, 9, 10]]
    outputs = {"global": [], "personal": []}
    with torch.no_grad():
        for h, s, c in zip(histories, samples, candidates):
            h, s, c = torch.tensor(h), torch.tensor(s), torch.tensor(c)
            outputs["global"] += rounded(score(h, c, None))
            outputs["personal"] += rounded(score(h, c, personal(s)))
    def dump(weights):
        return {name: {"shape": list(t.shape), "values": rounded(t)} for name, t in weights.values.items()}

    return {"model": model, "form": form, "similarity": similarity, "temperature": temperature,
            "histories": histories, "samples": samples, "candidates": candidates,
            "device": dump(w), "generator": dump(g), "logits": outputs}


cases = [case("sasrec-paper", "residual"), case("sasrec-paper", "stabilized"), case("gru4rec-paper", "plain"),
         case("sasrec-paper", "stabilized", "whole", 0.5), case("din-paper", "stabilized")]
print(json.dumps({"width": WIDTH, "window": WINDOW, "items": ITEMS, "generatorWidth": H, "rank": RANK,
                  "candidates": M, "cases": cases}, separators=(",", ":")))
