"""Operations on the rows of a sequence together, and on the pixels of an image."""
from __future__ import annotations

from typing import List, Tuple

import numpy as np

from .base import Described, Operation, Setting, Shape, Tensors, Values


class Mean(Operation):
    """Mean of the rows of a sequence, or of the pixels of an image."""

    name = "mean"

    def shape(self, node: Described) -> Shape:
        node.expect(len(node.operands[0].shape) > 1, "a sequence or an image")
        return node.operands[0].shape[-1:]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return _rows(values[0]).mean(1)


class Spread(Mean):
    """Standard deviation of the rows, √(mean of (x - mean)² + ε) with ε = 1e-8."""

    name = "spread"

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return np.sqrt(_rows(values[0]).var(1) + np.float32(1e-8))


def _rows(value: Values) -> Values:
    return value.reshape(value.shape[0], -1, value.shape[-1])


class Last(Operation):
    """The most recent row."""

    name = "last"

    def shape(self, node: Described) -> Shape:
        node.expect(len(node.operands[0].shape) == 2, "a sequence")
        return node.operands[0].shape[-1:]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return values[0][:, -1]


class WeightedSum(Last):
    """Sum of the rows, each times a learned weight of its age, 0 for the most recent one."""

    name = "weightedSum"

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("weight", node.operands[0].shape[:1])]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return tensor("weight")[:values[0].shape[1]][::-1] @ values[0]


class GRU(Operation):
    """Gated recurrent unit over a sequence, gates in the order reset, update, new."""

    name = "gru"
    settings = {"units": Setting(int)}

    def shape(self, node: Described) -> Shape:
        node.expect(len(node.operands[0].shape) == 2, "a sequence")
        return (node.operands[0].shape[0], node.size("units"))

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        gates = 3 * shape[-1]
        return [("input.weight", (node.width, gates)), ("input.bias", (gates,)),
                ("recurrent.weight", (shape[-1], gates)), ("recurrent.bias", (gates,))]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        weight, bias = tensor("recurrent.weight"), tensor("recurrent.bias")
        inputs = values[0] @ tensor("input.weight") + tensor("input.bias")
        state = np.zeros((inputs.shape[0], weight.shape[0]), np.float32)
        states = []
        for step in range(inputs.shape[1]):
            reset, update, new = np.split(inputs[:, step], 3, 1)
            own_reset, own_update, own_new = np.split(state @ weight + bias, 3, 1)
            update = _sigmoid(update + own_update)
            new = np.tanh(new + _sigmoid(reset + own_reset) * own_new)
            state = new + update * (state - new)
            states.append(state)
        return np.stack(states, 1)


def _sigmoid(x: Values) -> Values:
    # By the hyperbolic tangent, which does not overflow.
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1))
