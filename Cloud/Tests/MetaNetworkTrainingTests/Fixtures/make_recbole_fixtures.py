#!/usr/bin/env python3
"""Makes recbole/: a SASRec of RecBole's own class, with RecBole's names of its tensors, and what it scores; for `metanetwork import`.

    pip install torch numpy safetensors recbole
    python3 make_recbole_fixtures.py

Settings are RecBole's defaults, the epsilon of 1e-12 among them, but for sizes and for `hidden_act`, which is relu: there is no gelu here. Weights
are as RecBole starts with them, close to 0, where an epsilon shows; biases and normalizations, which start as nothing, are random.
"""
import json
import pathlib
import types

import torch
from recbole.model.sequential_recommender.sasrec import SASRec
from safetensors.torch import save_file

ITEMS, WIDTH, INNER, LENGTH, HEADS, BLOCKS, EPSILON = 20, 8, 16, 6, 2, 2, 1e-12
FOLDER = pathlib.Path(__file__).parent / "recbole"
CONFIG = {
    "USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id", "LIST_SUFFIX": "_list", "ITEM_LIST_LENGTH_FIELD": "item_length",
    "NEG_PREFIX": "neg_", "MAX_ITEM_LIST_LENGTH": LENGTH, "device": "cpu", "n_layers": BLOCKS, "n_heads": HEADS, "hidden_size": WIDTH,
    "inner_size": INNER, "hidden_dropout_prob": 0.5, "attn_dropout_prob": 0.5, "hidden_act": "relu", "layer_norm_eps": EPSILON,
    "initializer_range": 0.02, "loss_type": "CE",
}


def architecture():
    def node(name, operation, *inputs, **keys):
        return {"name": name, "operation": operation, "inputs": list(inputs), **keys}

    def norm(name, source):
        return node(name, "layerNorm", source, epsilon=EPSILON)
    nodes = [
        node("read", "embedding", "history", table="items", width=WIDTH), node("placed", "order", "read"), norm("rows 0", "placed"),
    ]
    for block in range(BLOCKS):
        rows, attended = "rows %d" % block, "attended %d" % block
        nodes += [
            node("attention %d" % block, "selfAttention", rows, heads=HEADS),
            node("attention sum %d" % block, "add", rows, "attention %d" % block), norm(attended, "attention sum %d" % block),
            node("inner %d" % block, "dense", attended, units=INNER, activation="relu"),
            node("outer %d" % block, "dense", "inner %d" % block, units=WIDTH),
            node("forward sum %d" % block, "add", attended, "outer %d" % block), norm("rows %d" % (block + 1), "forward sum %d" % block),
        ]
    nodes += [
        node("user", "last", "rows %d" % BLOCKS), node("target", "embedding", "candidate", table="items", width=WIDTH),
        node("score", "dot", "user", "target"),
    ]
    inputs = [{"name": "history", "kind": "items", "length": LENGTH}, {"name": "candidate", "kind": "item"}]
    return {"name": "sasrec-recbole", "inputs": inputs, "nodes": nodes, "output": "score"}


def names():
    entries = {"items.embedding": "item_embedding.weight", "placed.embedding": "position_embedding.weight"}

    def layer(ours, theirs):
        entries[ours + ".weight"] = {"from": theirs + ".weight", "transpose": True}
        entries[ours + ".bias"] = theirs + ".bias"

    def norm(ours, theirs):
        entries[ours + ".scale"], entries[ours + ".bias"] = theirs + ".weight", theirs + ".bias"
    norm("rows 0", "LayerNorm")
    for block in range(BLOCKS):
        attention, forward = ("trm_encoder.layer.%d.%s." % (block, part) for part in ("multi_head_attention", "feed_forward"))
        ours = "attention %d." % block
        for role in ("query", "key", "value"):
            entries[ours + role + ".weight"] = {"from": attention + role + ".weight", "transpose": True}
        entries[ours + "query.bias"] = attention + "query.bias"
        output = {"from": attention + "dense.weight", "transpose": True}
        entries[ours + "output.weight"] = output
        # The keys' bias moves all scores of a row alike, and the softmax takes it out; the values' bias comes through it whole.
        entries[ours + "output.bias"] = {
            "from": attention + "dense.bias", "plus": [{"from": attention + "value.bias", "times": [output]}]}
        norm("attended %d" % block, attention + "LayerNorm")
        layer("inner %d" % block, forward + "dense_1")
        layer("outer %d" % block, forward + "dense_2")
        norm("rows %d" % (block + 1), forward + "LayerNorm")
    return entries


torch.manual_seed(3)
model = SASRec(CONFIG, types.SimpleNamespace(num=lambda field: ITEMS + 1)).eval()
histories = [[3], [1, 2], [5, 5, 9, 20], [4, 8, 15, 16, 7, 19], list(range(1, 15))]
scores = []
with torch.no_grad():
    for name, tensor in model.named_parameters():
        if "bias" in name or "LayerNorm" in name:
            tensor.add_(torch.randn_like(tensor) * 0.02)
    model.item_embedding.weight[0] = 0
    for history in histories:
        # As RecBole pads: behind the history.
        read = history[-LENGTH:]
        padded = torch.tensor([read + [0] * (LENGTH - len(read))])
        found = model.full_sort_predict({"item_id_list": padded, "item_length": torch.tensor([len(read)])})
        scores.append(found.flatten()[1:].tolist())
FOLDER.mkdir(exist_ok=True)
save_file({name: tensor.detach().contiguous() for name, tensor in model.named_parameters()}, FOLDER / "sasrec.safetensors")
for file, value in (("architecture", architecture()), ("names", names()), ("scores", {"histories": histories, "scores": scores})):
    (FOLDER / (file + ".json")).write_text(json.dumps(value, indent=1) + "\n")
