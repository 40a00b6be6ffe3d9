#!/usr/bin/env python3
"""Makes losses.json: the loss of one training step of small rankers and its gradients, by PyTorch's layers, losses and autograd.

    pip install torch numpy
    python3 make_loss_fixtures.py > losses.json

Numbers are double precision. Which items a step scores follows from the documented random source and ways of drawing, and is in
the file too.
"""
import json
import math
import pathlib
import random
import sys

import torch
import torch.nn.functional as F

import torch_rankers as rankers

sys.path.append(str(pathlib.Path(__file__).parents[2] / "MetaNetworkDataTests" / "Fixtures"))
from xoshiro import Xoshiro  # noqa: E402

torch.set_default_dtype(torch.float64)
WIDTH, WINDOW, H, RANK, M, SEED = 4, 5, 4, 2, 3, 11
GENERATOR_WINDOW = 8
# Items are numbered as they first appear. The last tenth of a user is test, the tenth before it validation.
USERS = [[1, 2, 3, 4, 2, 5, 6, 1, 7, 3, 4, 8], [9, 10, 2, 1, 3, 9, 5, 10], [11, 4, 12, 4, 11, 6, 12]]
TRAINING = [user[:-2] for user in USERS]
ITEMS = max(max(user) for user in USERS)
# User, targets and samples of each chunk, as ranges of places in the user's interactions.
CHUNKS = [(0, (6, 10), (1, 9)), (2, (1, 4), (0, 3)), (1, (3, 5), (0, 4))]
POSITIONS = [(user, at, samples[0]) for user, targets, samples in CHUNKS for at in range(*targets)]
NEGATIVES = {"softmax": None, "sampled-softmax": 4, "bce": 2, "gbce": 3}

DYNAMIC = [("hidden", WIDTH, WIDTH), ("correction", WIDTH, WIDTH)]
# The vectors that a small form generates, in the order of the nodes.
VECTORS = {
    "offset": {"hidden offset": WIDTH, "correction offset": WIDTH},
    "film": {"hidden scale": WIDTH, "hidden offset": WIDTH, "correction scale": WIDTH, "correction offset": WIDTH},
    "lowrank": {"correction scale": RANK},
    "vector": {"score personal": RANK},
}
DIN = [("first", 2 * WIDTH, 6), ("second", 6, 3), ("score", 3, 1)]


def rounded(value, digits):
    return float(f"{value:.{digits}g}")


def device(model, output, item_bias, form=None):
    p = rankers.Parameters()
    if form == "cloud":
        p.table("samples", ITEMS, H)
        p.draw("z.bias", H)
        return p
    for table in dict.fromkeys(["items", output]):
        p.table(table, ITEMS, WIDTH)
    if item_bias:
        p.table("biases", ITEMS, 1)
    if model == "bag":
        p.draw("encoded.weight", WINDOW, scale=1)
    if model == "gru4rec":
        p.gru("states", WIDTH, WIDTH)
    if model in ("sasrec", "din"):
        p.draw("placed.embedding", WINDOW, WIDTH)
        p.attention("attention" if model == "sasrec" else "interest", WIDTH)
    if model == "sasrec":
        for name in ("samples norm", "attended norm", "encoded"):
            p.norm(name, WIDTH)
        p.linear("inner", WIDTH, 4 * WIDTH)
        p.linear("outer", 4 * WIDTH, WIDTH)
    for layer in DIN if model == "din" else DYNAMIC:
        p.linear(*layer)
    return p


def added(p, form):
    """What a small form adds to the device model."""
    for name, width in VECTORS[form].items():
        p.draw(f"{name}.bias", width, scale=0.3)
    if form == "lowrank":
        p.linear("correction down", WIDTH, RANK)
        p.linear("correction up", RANK, WIDTH)
    if form == "vector":
        p.table("personal", ITEMS, RANK)


def transformer(g, form):
    if form != "cloud":
        g.table("samples", ITEMS, H)
    g.draw("placed.embedding", GENERATOR_WINDOW, H)
    for layer in ("first", "second"):
        g.norm(f"{layer} norm", H)
        g.attention(f"{layer} attention", H)
        g.norm(f"{layer} inner norm", H)
        g.linear(f"{layer} inner", H, 4 * H)
        g.linear(f"{layer} outer", 4 * H, H)
    g.norm("encoded", H)


def generator(form, layers, encoder=None):
    g = rankers.Parameters()
    if encoder == "transformer":
        transformer(g, form)
    elif form == "user-embedding":
        g.draw("encoder.embedding", len(USERS), H)
    else:
        g.gru("encoder", WIDTH, H)
        for name in ("block.first", "block.second"):
            g.linear(name, H, H)
    if form == "cloud":
        return g
    alone = form in ("concat", "user-embedding")
    if form in VECTORS:
        layers = [(name, 0, width) for name, width in VECTORS[form].items()]
    for name, inputs, outputs in layers[:1] if alone else layers:
        g.linear(f"{name}.code", H, RANK)
        candidates = [M] if form == "stabilized" else []
        for role, count in (("bias", outputs),) if alone or not inputs else (("weight", inputs * outputs), ("bias", outputs)):
            g.draw(f"{name}.{role}.decoder", RANK, *candidates, count, scale=0.3)
            if not alone:
                g.draw(f"{name}.{role}.offset", count, scale=0.3)
    return g


def candidates(loss):
    """The items that each position is scored on, its own first or, where all share them, as they are first met."""
    positives, source = [USERS[user][at] for user, at, _ in POSITIONS], Xoshiro(SEED, 0)
    if loss == "softmax":
        return [list(range(1, ITEMS + 1))] * len(positives)
    if loss == "sampled-softmax":
        drawn = [source.below(ITEMS) + 1 for _ in range(NEGATIVES[loss])]
        return [list(dict.fromkeys(positives + drawn))] * len(positives)
    rows = []
    for (user, _, _), positive in zip(POSITIONS, positives):
        row = [positive]
        while len(row) <= NEGATIVES[loss]:
            item = source.below(ITEMS) + 1
            if item not in TRAINING[user]:
                row.append(item)
        rows.append(row)
    return rows


def log_inclusion(item):
    """log of the probability that an item is among the other positions' own items or the drawn ones."""
    training = [i for user in TRAINING for i in user]
    share = training.count(item) / len(training)
    return math.log(1 - (1 - share) ** (len(POSITIONS) - 1) * (1 - 1 / ITEMS) ** NEGATIVES["sampled-softmax"])


def loss_of(name, logits, items):
    """The mean loss of the logits of each position, [positions, candidates]."""
    own = torch.tensor([row.index(USERS[user][at]) for row, (user, at, _) in zip(items, POSITIONS)])
    labels = F.one_hot(own, logits.shape[1])
    if name == "softmax":
        return F.cross_entropy(logits, own)
    if name == "sampled-softmax":
        correction = torch.tensor([[log_inclusion(item) for item in row] for row in items])
        return F.cross_entropy(logits - correction * (1 - labels), own)
    if name == "bce":
        return F.binary_cross_entropy_with_logits(logits, labels.double())
    # gSASRec's equations 9 and 10: the positive's probability is raised to a power.
    share, calibration = NEGATIVES[name] / (ITEMS - 1), 0.75
    power = share * (calibration * (1 - 1 / share) + 1 / share)
    return F.binary_cross_entropy(torch.sigmoid(logits) ** torch.where(labels == 1, power, 1.0), labels.double())


def step(score, layers, p, g, form, loss):
    """The joint loss of the step: of the global weights, of the generated ones, or the sum of both."""
    items = candidates(loss)

    def logits(personal):
        rows = []
        for (user, at, first), row in zip(POSITIONS, items):
            weights = {name: (p[f"{name}.weight"], p[f"{name}.bias"]) for name, _, _ in layers}
            if personal:
                z = g["encoder.embedding"][user] if form == "user-embedding" else rankers.encoded(p, g, USERS[user][first:at])
                if form == "cloud":
                    rows.append(rankers.embedded(p, "samples", row) @ z)
                    continue
                if form in VECTORS:
                    vectors = rankers.vectors(p, g, VECTORS[form], z)
                    rows.append(score(p, USERS[user][max(0, at - WINDOW):at], row, vectors))
                    continue
                weights = rankers.generated(p, g, form, layers, z)
            dynamic = lambda name, x: F.linear(x, weights[name][0].T, weights[name][1])
            rows.append(score(p, USERS[user][max(0, at - WINDOW):at], row, dynamic))
        return torch.stack(rows)

    parts = {None: [False], "residual": [False, True], "stabilized": [False, True]}.get(form, [True])
    return sum(loss_of(loss, logits(personal), items) for personal in parts)


def model(name, form, losses, output="items", item_bias=False, encoder=None):
    """A model's weights, and its loss and gradients with each of some losses."""
    p, layers = device(name, output, item_bias, form), [] if form == "cloud" else DIN if name == "din" else DYNAMIC
    g = generator(form, layers, encoder) if form else rankers.Parameters()
    if form in VECTORS:
        added(p, form)
    score = rankers.small(getattr(rankers, name), form) if form in VECTORS else rankers.din if name == "din" else rankers.corrected(getattr(rankers, name), output, item_bias)
    named = {f"device/{n}": t for n, t in p.items()} | {f"generator/{n}": t for n, t in g.items()}
    steps = []
    for loss in losses:
        for tensor in named.values():
            tensor.requires_grad_().grad = None
        value = step(score, layers, p, g, form, loss)
        value.backward()
        # A tensor that the loss does not read has no gradient.
        gradients = {n: [rounded(v, 6) for v in t.grad.flatten().tolist()] for n, t in named.items() if t.grad is not None}
        steps.append({"loss": loss, "value": value.item(), "gradients": gradients})
    weights = {n: [rounded(v, 6) for v in t.flatten().tolist()] for n, t in named.items()}
    return {"model": name, "form": form, "output": "tied" if output == "items" else "free", "itemBias": item_bias,
            "encoder": encoder, "weights": weights, "steps": steps}


random.seed(7)
EVERY = list(NEGATIVES)
models = [model(name, "residual", EVERY) for name in ("bag", "sasrec", "gru4rec")]
models += [model("din", "residual", ["bce", "gbce"]), model("bag", None, EVERY)]
models += [model("bag", form, ["softmax", "bce"]) for form in ("plain", "stabilized", "concat", "user-embedding")]
models += [model("bag", "residual", ["softmax", "sampled-softmax"], output="targets", item_bias=True)]
models += [model("bag", form, ["softmax", "bce"]) for form in VECTORS]
models += [model("bag", form, ["softmax", "bce"], encoder="transformer") for form in ("vector", "cloud")]
print(json.dumps({
    "width": WIDTH, "window": WINDOW, "generatorWidth": H, "generatorWindow": GENERATOR_WINDOW, "rank": RANK, "candidates": M,
    "seed": SEED, "users": USERS,
    "chunks": [{"user": user, "targets": targets, "samples": samples} for user, targets, samples in CHUNKS],
    "losses": {name: {"negatives": count, "candidates": candidates(name)} for name, count in NEGATIVES.items()},
    "models": models}, separators=(",", ":")))
