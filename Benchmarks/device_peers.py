"""The device's peers: ONNX Runtime and PyTorch on the same models, weights, history and candidates, one thread.

Usage: device_peers.py FOLDER     (FOLDER: what `device-benchmark FOLDER` wrote)
Prints a table of median microseconds. Both peers get the same help as our runtime: the target's tower is read from a table that was
computed beforehand.
"""

import json
import os
import statistics
import sys
import time

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

torch.set_num_threads(1)
WIDTH, WINDOW, ITEMS, HEADS = 32, 10, 10000, 4
COUNTS = [100, 1682, 10000]
HISTORY = np.array([(i + 1) * 37 for i in range(WINDOW)], dtype=np.int64)


def candidates(count):
    return np.array([1 + (i * 7919) % ITEMS for i in range(count)], dtype=np.int64)


class Graph:
    """An ONNX graph under construction; every method adds a node and returns the name of its value."""

    def __init__(self):
        self.nodes, self.tensors = [], []

    def constant(self, value):
        name = "c%d" % len(self.tensors)
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind, *inputs, outputs=1, **attributes):
        names = ["v%d_%d" % (len(self.nodes), i) for i in range(outputs)]
        inputs = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def dense(self, x, w, name, activation=None):
        y = self.op("Add", self.op("MatMul", x, w[name + ".weight"]), w[name + ".bias"])
        return self.op(activation, y) if activation else y

    def session(self, score):
        graph = helper.make_graph(
            self.nodes, "model",
            [helper.make_tensor_value_info("history", TensorProto.INT64, [WINDOW]),
             helper.make_tensor_value_info("candidates", TensorProto.INT64, [None])],
            [helper.make_tensor_value_info(score, TensorProto.FLOAT, [None])], self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(model.SerializeToString(), options)


def attention(g, w, name, query, memory, heads):
    """query [n, d] on memory [t, m] → [n, d]."""
    width = w[name + ".query.weight"].shape[1] // heads

    def split(x):
        return g.op("Transpose", g.op("Reshape", x, np.array([-1, heads, width])), perm=[1, 0, 2])

    q = split(g.op("Mul", g.op("Add", g.op("MatMul", query, w[name + ".query.weight"]), w[name + ".query.bias"]),
                   np.float32(width ** -0.5)))
    k = g.op("Transpose", split(g.op("MatMul", memory, w[name + ".key.weight"])), perm=[0, 2, 1])
    v = split(g.op("MatMul", memory, w[name + ".value.weight"]))
    mixed = g.op("MatMul", g.op("Softmax", g.op("MatMul", q, k), axis=-1), v)
    joined = g.op("Reshape", g.op("Transpose", mixed, perm=[1, 0, 2]), np.array([-1, heads * width]))
    return g.op("Add", g.op("MatMul", joined, w[name + ".output.weight"]), w[name + ".output.bias"])


def tower(w):
    inner = np.tanh(w["items.embedding"] @ w["target inner.weight"] + w["target inner.bias"])
    return inner @ w["target.weight"] + w["target.bias"]


def inner_product(g, w, encoded):
    user = g.dense(g.dense(encoded, w, "hidden", "Tanh"), w, "user")
    rows = g.op("Gather", tower(w).astype(np.float32), "candidates")
    return g.op("MatMul", rows, g.op("Reshape", user, np.array([WIDTH])))


def sasrec(g, w):
    def norm(x, name):
        return g.op("LayerNormalization", x, w[name + ".scale"], w[name + ".bias"], epsilon=1e-5)

    placed = g.op("Add", g.op("Gather", w["items.embedding"], "history"), w["placed.embedding"][::-1])
    samples = g.dense(placed, w, "samples", "Tanh")
    recent = g.op("Gather", samples, np.array([WINDOW - 1]))
    attended = norm(g.op("Add", recent, attention(g, w, "attended", recent, samples, HEADS)), "attended norm")
    outer = g.dense(g.dense(attended, w, "inner", "Relu"), w, "outer")
    return inner_product(g, w, norm(g.op("Add", attended, outer), "encoded"))


def gru4rec(g, w):
    def gates(x):  # ours: reset, update, new; ONNX: update, reset, new
        r, u, n = np.split(x, 3, axis=-1)
        return np.concatenate([u, r, n], axis=-1)

    samples = g.dense(g.op("Gather", w["items.embedding"], "history"), w, "samples", "Tanh")
    states = g.op(
        "GRU", g.op("Unsqueeze", samples, np.array([1])),
        gates(w["states.input.weight"]).T[None], gates(w["states.recurrent.weight"]).T[None],
        np.concatenate([gates(w["states.input.bias"]), gates(w["states.recurrent.bias"])])[None],
        outputs=2, hidden_size=WIDTH, linear_before_reset=1)
    return inner_product(g, w, g.op("Reshape", states[1], np.array([1, WIDTH])))


def din(g, w):
    history = g.op("Gather", w["items.embedding"], "history")
    target = g.op("Gather", w["items.embedding"], "candidates")
    x = g.op("Concat", attention(g, w, "interest", target, history, 1), target, axis=1)
    x = g.dense(g.dense(x, w, "first", "Tanh"), w, "second", "Tanh")
    return g.op("Reshape", g.dense(x, w, "score"), np.array([-1]))


def torch_model(name, arrays):
    """The same in PyTorch, eager, without gradients."""
    w = {key: torch.from_numpy(value) for key, value in arrays.items()}
    table = torch.from_numpy(tower(arrays).astype(np.float32)) if name != "din-paper" else None
    gru = None
    if name == "gru4rec-paper":
        gru = torch.nn.GRU(WIDTH, WIDTH)
        with torch.no_grad():
            gru.weight_ih_l0.copy_(w["states.input.weight"].T)
            gru.weight_hh_l0.copy_(w["states.recurrent.weight"].T)
            gru.bias_ih_l0.copy_(w["states.input.bias"])
            gru.bias_hh_l0.copy_(w["states.recurrent.bias"])

    def dense(x, layer):
        return torch.addmm(w[layer + ".bias"], x, w[layer + ".weight"])

    def attend(layer, query, memory, heads):
        def split(x):
            return x.view(-1, heads, x.shape[1] // heads).transpose(0, 1)
        q = split(dense_of(query, layer + ".query"))
        mixed = torch.nn.functional.scaled_dot_product_attention(
            q, split(memory @ w[layer + ".key.weight"]), split(memory @ w[layer + ".value.weight"]))
        return dense_of(mixed.transpose(0, 1).reshape(len(query), -1), layer + ".output")

    def dense_of(x, prefix):
        return torch.addmm(w[prefix + ".bias"], x, w[prefix + ".weight"])

    def norm(x, layer):
        return torch.nn.functional.layer_norm(x, (WIDTH,), w[layer + ".scale"], w[layer + ".bias"])

    def score(history, items):
        embedded = w["items.embedding"][history]
        if name == "din-paper":
            target = w["items.embedding"][items]
            x = torch.cat([attend("interest", target, embedded, 1), target], 1)
            return dense(torch.tanh(dense(torch.tanh(dense(x, "first")), "second")), "score").view(-1)
        if name == "sasrec-paper":
            samples = torch.tanh(dense(embedded + w["placed.embedding"].flip(0), "samples"))
            recent = samples[-1:]
            attended = norm(recent + attend("attended", recent, samples, HEADS), "attended norm")
            encoded = norm(attended + dense(torch.relu(dense(attended, "inner")), "outer"), "encoded")
        else:
            encoded = gru(torch.tanh(dense(embedded, "samples")))[1]
        user = dense(torch.tanh(dense(encoded, "hidden")), "user")
        return table[items] @ user.view(-1)

    return score


def median_microseconds(body, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter_ns()
        body()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1000


def main(folder):
    with open(os.path.join(folder, "ours.json")) as file:
        ours = json.load(file)
    print("microseconds, median, one thread; the peers read the target's tower from a table as ours does")
    print("%-13s %10s %11s %13s %13s %8s" % ("model", "candidates", "MetaNetwork", "ONNX Runtime", "PyTorch", "ratio"))
    for name, build in (("sasrec-paper", sasrec), ("gru4rec-paper", gru4rec), ("din-paper", din)):
        w = load_file(os.path.join(folder, name + ".safetensors"))
        g = Graph()
        session, plain = g.session(build(g, w)), torch_model(name, w)
        for count in COUNTS:
            feed = {"history": HISTORY, "candidates": candidates(count)}
            tensors = torch.from_numpy(HISTORY), torch.from_numpy(candidates(count))
            runs = 400000 // count + 20
            with torch.inference_mode():
                expected = np.array(ours[name]["scores"])
                for other in (session.run(None, feed)[0], plain(*tensors).numpy()):
                    error = np.abs(other[:len(expected)] - expected).max()
                    assert error < 1e-4, "%s: scores differ by %g" % (name, error)
                onnx_time = median_microseconds(lambda: session.run(None, feed), runs)
                torch_time = median_microseconds(lambda: plain(*tensors), min(runs, 1000))
            mine = ours[name]["rank"][str(count)]
            print("%-13s %10d %11.1f %13.1f %13.1f %7.1fx" % (name, count, mine, onnx_time, torch_time, onnx_time / mine))
    for name, figures in ours.items():
        print("%-13s load %.1f ms, swap of the dynamic layers %.1f us, resident %.1f MB with %d items" % (
            name, figures["load"] / 1000, figures["swap"], figures["residentBytes"] / 1e6, ITEMS))


if __name__ == "__main__":
    main(sys.argv[1])
