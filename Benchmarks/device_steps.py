"""A step of learning a model's head, in PyTorch on one thread: what `Solver` is beside it.

Usage: device_steps.py FOLDER     (FOLDER: what `device-benchmark FOLDER` wrote)
Prints a table of median microseconds. Both sides take the same Adam step from the same weights: what is frozen was computed beforehand,
and the losses before and after the first step must agree. PyTorch's step is timed with autograd, as most would write it, and with the
gradients of the head written out by hand into memory that is there already; both with its fused Adam.
"""

import json
import os
import sys

import numpy as np
import torch
from safetensors.numpy import load_file

from device_peers import median_microseconds

torch.set_num_threads(1)
RATE, CLIP = 0.001, 5.0


class Head:
    """Two dense layers: `last(act(first(x)))`, with x added again where the head corrects it."""

    def __init__(self, w, names, activation, adds):
        self.first, self.last = ([torch.from_numpy(w[n + part].copy()) for part in (".weight", ".bias")] for n in names)
        self.activation, self.adds = activation, adds
        self.parameters = self.first + self.last

    def forward(self, x):
        self.hidden = self.activation(torch.addmm(self.first[1], x, self.first[0]))
        out = torch.addmm(self.last[1], self.hidden, self.last[0])
        return out + x if self.adds else out

    def backward(self, x, g):
        """Gradients of the parameters, into memory that is there already."""
        torch.mm(self.hidden.t(), g, out=self.last[0].grad)
        torch.sum(g, 0, out=self.last[1].grad)
        back = torch.mm(g, self.last[0].t())
        if self.activation is torch.tanh:
            back.mul_(1 - self.hidden * self.hidden)
        else:
            back.mul_(self.hidden > 0)
        torch.mm(x.t(), back, out=self.first[0].grad)
        torch.sum(back, 0, out=self.first[1].grad)


def images(w):
    head = Head(w, ("hidden", "logits"), torch.relu, False)
    return head, torch.from_numpy(w["frozen"]), torch.arange(28) % 7, None


def choices(w):
    # The oldest sample of a full window has the greatest age.
    ages = w["encoded.weight"].reshape(-1)[::-1]
    read = w["items.embedding"][w["histories"].astype(np.int64)]
    frozen = (read * ages[None, :, None]).sum(1).astype(np.float32)
    head = Head(w, ("hidden", "correction"), torch.tanh, True)
    table = torch.from_numpy(np.ascontiguousarray(w["items.embedding"][1:]))
    return head, torch.from_numpy(frozen), torch.from_numpy(w["chosen"].astype(np.int64)) - 1, table


def clip(parameters):
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(p.grad) for p in parameters]))
    if norm > CLIP:
        for p in parameters:
            p.grad.mul_(CLIP / norm)


def automatic(case):
    """A step by autograd."""
    head, x, target, table = case
    for p in head.parameters:
        p.requires_grad_()
    optimizer = torch.optim.Adam(head.parameters, lr=RATE, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        out = head.forward(x)
        loss = torch.nn.functional.cross_entropy(out if table is None else out @ table.t(), target)
        loss.backward()
        clip(head.parameters)
        optimizer.step()
        return loss.item()

    return step


def written_out(case):
    """A step whose gradients are written out."""
    head, x, target, table = case
    for p in head.parameters:
        p.grad = torch.zeros_like(p)
    optimizer = torch.optim.Adam(head.parameters, lr=RATE, fused=True)
    rows = torch.arange(len(x))

    @torch.no_grad()
    def step():
        out = head.forward(x)
        logits = out if table is None else out @ table.t()
        shares = torch.log_softmax(logits, 1)
        loss = -shares[rows, target].mean()
        g = shares.exp_()
        g[rows, target] -= 1
        g.div_(len(x))
        head.backward(x, g if table is None else g @ table)
        clip(head.parameters)
        optimizer.step()
        return loss.item()

    return step


def main(folder):
    with open(os.path.join(folder, "steps.json")) as file:
        ours = json.load(file)
    print("a step of learning the head, microseconds, median, one thread")
    print("%-28s %11s %15s %18s %8s" % ("head", "MetaNetwork", "PyTorch, autograd", "PyTorch, by hand", "ratio"))
    cases = (("cnn", "cnn, 28 labelled images", images), ("bag", "bag, 50 choices of 1,682", choices))
    for name, label, build in cases:
        w = load_file(os.path.join(folder, name + "-head.safetensors"))
        times = []
        for make in (automatic, written_out):
            step = make(build(w))
            losses = [step(), step()]
            for mine, other in zip(ours[name]["losses"], losses):
                assert abs(mine - other) < 1e-4 * max(1, mine), "%s: losses %g and %g" % (name, mine, other)
            times.append(median_microseconds(step, 500))
        mine = ours[name]["step"]
        print("%-28s %11.1f %17.1f %18.1f %7.1fx" % (label, mine, times[0], times[1], min(times) / mine))


if __name__ == "__main__":
    main(sys.argv[1])
