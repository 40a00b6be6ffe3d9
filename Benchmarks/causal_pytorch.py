"""The best form of the peer of `make bench` that we know: plain PyTorch, every position of a sequence in one causal pass.

A chunk of 50 interactions is encoded once: banded causal attention (each position sees the last ten) and a GRU whose state at
t encodes everything before t. The generated layers are never written out: x·W(z) is (x ⊗ z)·U, one product. `bce` scores a
positive and four negatives of each position, `softmax` the whole catalogue. `compiled` runs it through torch.compile.

    causal_pytorch.py THREADS POSITIONS_A_STEP STEPS bce|softmax plain|compiled [cpu|cuda]
"""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

ITEMS, WIDTH, WINDOW, LENGTH, RANK, HEADS = 1349, 32, 10, 50, 16, 4


class GeneratedDense(nn.Module):
    """W(z) = W + Σ_k e_k·U_k with e = z·P, applied without W(z)."""

    def __init__(self):
        super().__init__()
        self.layer, self.code = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, RANK)
        self.weight = nn.Parameter(torch.randn(WIDTH * RANK, WIDTH) * 0.01)
        self.bias = nn.Linear(RANK, WIDTH)

    def forward(self, x, z):
        code = self.code(z)
        outer = (x[..., :, None] * code[..., None, :]).flatten(-2)
        return self.layer(x) + outer @ self.weight + self.bias(code)


class Causal(nn.Module):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss
        self.items = nn.Embedding(ITEMS + 1, WIDTH, padding_idx=0)
        self.ages = nn.Embedding(LENGTH, WIDTH)
        self.samples = nn.Linear(WIDTH, WIDTH)
        self.attention, self.output = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.feed = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.ReLU(), nn.Linear(4 * WIDTH, WIDTH))
        self.hidden, self.user = GeneratedDense(), GeneratedDense()
        self.tower = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH))
        self.gru = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.block = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH))
        distance = torch.arange(LENGTH)[:, None] - torch.arange(LENGTH)
        self.register_buffer("visible", (distance >= 0) & (distance < WINDOW))

    def forward(self, history, candidates):  # [chunks, length], [chunks, length, 5] or [chunks, length] -> a loss
        embedded = self.items(history)
        x = torch.tanh(self.samples(embedded + self.ages.weight))
        q, k, v = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.attention(x).chunk(3, -1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=self.visible)
        x = self.norms[0](x + self.output(mixed.transpose(1, 2).flatten(2)))
        x = self.norms[1](x + self.feed(x))
        z = self.block(self.gru(embedded)[0])
        general = self.user.layer(torch.tanh(self.hidden.layer(x)))
        personal = self.user(torch.tanh(self.hidden(x, z)), z)
        return self.of(general, candidates) + self.of(personal, candidates)

    def of(self, users, candidates):
        if self.loss == "softmax":
            logits = users.flatten(0, 1) @ self.tower(self.items.weight[1:]).T
            return F.cross_entropy(logits, candidates.flatten() - 1)
        scores = (users[:, :, None] * self.tower(self.items.weight)[candidates]).sum(-1)
        labels = torch.zeros_like(scores)
        labels[..., 0] = 1
        return F.binary_cross_entropy_with_logits(scores, labels)


def now(device):
    """The time once a card has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def main():
    threads, positions, steps = (int(argument) for argument in sys.argv[1:4])
    loss, mode = sys.argv[4:6]
    device = torch.device(sys.argv[6] if len(sys.argv) > 6 else "cpu")
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = Causal(loss).to(device)
    step_of = torch.compile(model) if mode == "compiled" else model
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    chunks = positions // LENGTH
    shape = (chunks, LENGTH) if loss == "softmax" else (chunks, LENGTH, 5)
    start = None
    for step in range(steps + 3):
        if step == 3:  # the first steps warm up
            start = now(device)
        history = torch.randint(1, ITEMS + 1, (chunks, LENGTH)).to(device)
        value = step_of(history, torch.randint(1, ITEMS + 1, shape).to(device))
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
    print(chunks * LENGTH * steps / (now(device) - start))


main()
