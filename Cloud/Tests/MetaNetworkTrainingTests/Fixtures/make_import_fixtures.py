#!/usr/bin/env python3
"""Makes sasrec/: a SASRec with the structure, names and epsilon of pmixer/SASRec.pytorch (`norm_first`), and what it scores; for `metanetwork import`.

    pip install torch numpy safetensors
    python3 make_import_fixtures.py

The class is written here. Weights are random, small enough that an epsilon shows. Blocks are of the kind that normalizes before attention and before
the feed-forward layers. Histories are read without padding.
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

ITEMS, WIDTH, LENGTH, HEADS, BLOCKS, EPSILON = 20, 8, 6, 2, 2, 1e-8
FOLDER = pathlib.Path(__file__).parent / "sasrec"
torch.manual_seed(3)


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(WIDTH, WIDTH, 1), nn.Conv1d(WIDTH, WIDTH, 1)

    def forward(self, rows):
        return self.conv2(torch.relu(self.conv1(rows.T))).T


class SASRec(nn.Module):
    def __init__(self):
        super().__init__()
        self.item_emb = nn.Embedding(ITEMS + 1, WIDTH, padding_idx=0)
        self.pos_emb = nn.Embedding(LENGTH + 1, WIDTH, padding_idx=0)
        norms = lambda: nn.ModuleList(nn.LayerNorm(WIDTH, eps=EPSILON) for _ in range(BLOCKS))
        self.attention_layernorms, self.forward_layernorms = norms(), norms()
        self.attention_layers = nn.ModuleList(nn.MultiheadAttention(WIDTH, HEADS) for _ in range(BLOCKS))
        self.forward_layers = nn.ModuleList(FeedForward() for _ in range(BLOCKS))
        self.last_layernorm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, history):
        """Scores of all items for a history, [items]; the last position is that of the most recent item, whatever the length."""
        history = history[-LENGTH:]
        places = torch.arange(LENGTH - len(history), LENGTH) + 1
        rows = self.item_emb(torch.tensor(history)) * WIDTH ** 0.5 + self.pos_emb(places)
        later = torch.ones(len(history), len(history), dtype=torch.bool).triu(1)
        for block in range(BLOCKS):
            x = self.attention_layernorms[block](rows)
            rows = rows + self.attention_layers[block](x, x, x, attn_mask=later, need_weights=False)[0]
            rows = rows + self.forward_layers[block](self.forward_layernorms[block](rows))
        return self.item_emb.weight[1:] @ self.last_layernorm(rows)[-1]


def architecture():
    def node(name, operation, *inputs, **keys):
        return {"name": name, "operation": operation, "inputs": list(inputs), **keys}
    nodes = [node("read", "embedding", "history", table="history items", width=WIDTH), node("rows 0", "position", "read")]
    for block in range(BLOCKS):
        rows = "rows %d" % block
        nodes += [
            node("norm %d" % block, "layerNorm", rows, epsilon=EPSILON),
            node("attention %d" % block, "selfAttention", "norm %d" % block, heads=HEADS),
            node("attended %d" % block, "add", rows, "attention %d" % block),
            node("forward norm %d" % block, "layerNorm", "attended %d" % block, epsilon=EPSILON),
            node("hidden %d" % block, "dense", "forward norm %d" % block, units=WIDTH, activation="relu"),
            node("forward %d" % block, "dense", "hidden %d" % block, units=WIDTH),
            node("rows %d" % (block + 1), "add", "attended %d" % block, "forward %d" % block),
        ]
    nodes += [
        node("recent", "last", "rows %d" % BLOCKS), node("user", "layerNorm", "recent", epsilon=EPSILON),
        node("target", "embedding", "candidate", table="items", width=WIDTH), node("score", "dot", "user", "target"),
    ]
    inputs = [{"name": "history", "kind": "items", "length": LENGTH}, {"name": "candidate", "kind": "item"}]
    return {"name": "sasrec-elsewhere", "inputs": inputs, "nodes": nodes, "output": "score"}


def names():
    entries = {
        "items.embedding": "item_emb.weight",
        "history items.embedding": {"from": "item_emb.weight", "scale": WIDTH ** 0.5},
        # By age here, the most recent first; by place there, the most recent last.
        "rows 0.embedding": {"from": "pos_emb.weight", "rows": [1, LENGTH + 1], "reverse": True},
        "user.scale": "last_layernorm.weight", "user.bias": "last_layernorm.bias",
    }
    for block in range(BLOCKS):
        attention, forward = "attention_layers.%d." % block, "forward_layers.%d." % block
        part = lambda name, place: {"from": attention + name, "rows": [place * WIDTH, (place + 1) * WIDTH]}
        output = {"from": attention + "out_proj.weight", "transpose": True}
        for ours, theirs in (("norm", "attention_layernorms"), ("forward norm", "forward_layernorms")):
            entries["%s %d.scale" % (ours, block)] = "%s.%d.weight" % (theirs, block)
            entries["%s %d.bias" % (ours, block)] = "%s.%d.bias" % (theirs, block)
        for place, role in enumerate(("query", "key", "value")):
            entries["attention %d.%s.weight" % (block, role)] = {**part("in_proj_weight", place), "transpose": True}
        entries["attention %d.query.bias" % block] = part("in_proj_bias", 0)
        entries["attention %d.output.weight" % block] = output
        # The keys' bias moves all scores of a row alike, and the softmax takes it out; the values' bias comes through it whole.
        entries["attention %d.output.bias" % block] = {
            "from": attention + "out_proj.bias", "plus": [{**part("in_proj_bias", 2), "times": [output]}]}
        for ours, theirs in (("hidden", "conv1"), ("forward", "conv2")):
            entries["%s %d.weight" % (ours, block)] = {"from": forward + theirs + ".weight", "transpose": True}
            entries["%s %d.bias" % (ours, block)] = forward + theirs + ".bias"
    return entries


model = SASRec().eval()
with torch.no_grad():
    for name, tensor in model.named_parameters():
        tensor.normal_(0, 0.02) if "norm" not in name else tensor.add_(torch.randn_like(tensor) * 0.2)
    for table in (model.item_emb, model.pos_emb):
        table.weight[0] = 0
    histories = [[3], [1, 2], [5, 5, 9, 20], [4, 8, 15, 16, 7, 19], list(range(1, 15))]
    scores = [model(history).tolist() for history in histories]
save_file({name: tensor.detach().contiguous() for name, tensor in model.named_parameters()}, FOLDER / "sasrec.safetensors")
for file, value in (("architecture", architecture()), ("names", names()), ("scores", {"histories": histories, "scores": scores})):
    (FOLDER / (file + ".json")).write_text(json.dumps(value, indent=1) + "\n")
