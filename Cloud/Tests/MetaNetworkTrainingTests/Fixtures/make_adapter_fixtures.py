#!/usr/bin/env python3
"""Makes adapted/scores.json: what a frozen PyTorch module scores that wears the adapter of a bundle, by PEFT.

    pip install torch peft safetensors
    python3 make_adapter_fixtures.py log
    metanetwork train --data adapted/log.txt --model adapted/model.json --generator lowrank --generator-width 4 --rank 2 \\
      --generator-window 4 --k-core 1 --epochs 40 --learning-rate 0.02 --threads 1 --out adapted/bundle
    metanetwork export adapted/bundle --adapter adapted/adapter --history i1,i4,i2
    python3 make_adapter_fixtures.py

The bundle and the adapter are fixtures too, which the tests read.
"""
import json
import pathlib

import torch
from peft import PeftModel
from safetensors.torch import load_file
from torch import nn

FOLDER = pathlib.Path(__file__).parent / "adapted"
HISTORY = ["i1", "i4", "i2"]


class Frozen(nn.Module):
    """adapted/model.json: the mean of the history's rows, one linear layer, and an inner product with each item's row."""

    def __init__(self, weights):
        super().__init__()
        self.register_buffer("items", weights["items.embedding"])
        self.user = nn.Linear(4, 4)
        with torch.no_grad():
            self.user.weight.copy_(weights["user.weight"].T)
            self.user.bias.copy_(weights["user.bias"] + weights["user up.bias"])
        self.requires_grad_(False)

    def forward(self, history):
        return self.items[1:] @ self.user(self.items[history].mean(0))


rows = (line.rstrip("\n").split("\t") for line in open(FOLDER / "bundle" / "vocabulary.tsv"))
index = {name: int(number) for name, number in rows}
history = torch.tensor([index[name] for name in HISTORY])
frozen = Frozen(load_file(FOLDER / "bundle" / "device.safetensors"))
base = frozen(history).tolist()
personal = PeftModel.from_pretrained(frozen, str(FOLDER / "adapter")).eval()
with torch.no_grad():
    scores = personal(history).tolist()
(FOLDER / "scores.json").write_text(json.dumps({"history": HISTORY, "base": base, "personal": scores}, indent=1) + "\n")
