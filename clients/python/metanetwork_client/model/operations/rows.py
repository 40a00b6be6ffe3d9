"""Operations on vectors, and on each row of a sequence or pixel of an image alike."""
from __future__ import annotations

from typing import List, Tuple

import numpy as np

from .base import ACTIVATION, ACTIVATIONS, Described, Operation, Setting, Shape, Tensors, Values


class Embedding(Operation):
    """Rows of a table that all nodes naming it share; row 0 is that of the padding, or of an unknown token."""

    name = "embedding"
    settings = {"table": Setting(str, "items"), "width": Setting(int)}

    def shape(self, node: Described) -> Shape:
        if node.operands[0].rows is None:
            raise node.error("'embedding' reads numbers of items or tokens, so its input must be an input of the model of "
                             "kind 'items', 'item' or 'token'")
        return node.operands[0].shape + (node.size("width"),)

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return tensor("embedding")[values[0]]


class Dense(Operation):
    """``activation(x·W + b)`` with W of shape [width, units]."""

    name = "dense"
    settings = {"units": Setting(int), "activation": ACTIVATION, "dynamic": Setting(bool, False)}

    def shape(self, node: Described) -> Shape:
        return node.operands[0].shape[:-1] + (node.size("units"),)

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("weight", (node.width, shape[-1])), ("bias", shape[-1:])]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return ACTIVATIONS[node["activation"]](values[0] @ tensor("weight") + tensor("bias"))


class Standardize(Operation):
    """``(x - mean) · scale``, measured over the training data; of an input of the model only."""

    name = "standardize"

    def shape(self, node: Described) -> Shape:
        node.expect(node.operands[0].is_input, "an input of the model")
        return node.operands[0].shape

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("mean", shape[-1:]), ("scale", shape[-1:])]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return (values[0] - tensor("mean")) * tensor("scale")


class LayerNorm(Operation):
    """Normalizes rows to mean 0 and variance 1, then scales and shifts."""

    name = "layerNorm"
    settings = {"epsilon": Setting(float, 1e-5)}

    def shape(self, node: Described) -> Shape:
        if not 1e-30 <= node["epsilon"] <= 1:
            raise node.error(f"epsilon is {node['epsilon']}; it must be from 1e-30 to 1")
        return node.operands[0].shape

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("scale", shape[-1:]), ("bias", shape[-1:])]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        centred = values[0] - values[0].mean(-1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(-1, keepdims=True) + np.float32(node["epsilon"]))
        return centred / deviation * tensor("scale") + tensor("bias")


class Position(Operation):
    """Adds a learned vector for the age of each row, 0 for the most recent one."""

    name = "position"

    def shape(self, node: Described) -> Shape:
        node.expect(len(node.operands[0].shape) == 2, "a sequence")
        return node.operands[0].shape

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("embedding", shape)]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return values[0] + tensor("embedding")[:values[0].shape[1]][::-1]


class Order(Position):
    """Adds a learned vector for the place of each row, 0 for the oldest one."""

    name = "order"

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return values[0] + tensor("embedding")[:values[0].shape[1]]


class Dropout(Operation):
    """Nothing but in training."""

    name = "dropout"
    settings = {"rate": Setting(float)}

    def shape(self, node: Described) -> Shape:
        if not 0 <= node["rate"] < 1:
            raise node.error(f"rate is {node['rate']}; it must be from 0 to less than 1")
        return node.operands[0].shape

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return values[0]


class Personal(Operation):
    """A vector that the MetaGenerator makes, zeros in the base model. It reads nothing."""

    name = "personal"
    settings = {"width": Setting(int)}
    operands = (0, 0)

    def is_dynamic(self, node: Described) -> bool:
        return True

    def shape(self, node: Described) -> Shape:
        return (node.size("width"),)

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("bias", shape)]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return tensor("bias")[None]


class Add(Operation):
    """Sum of two values of one shape, or of a value and a vector that goes with each of its rows."""

    name = "add"
    operands = (2, 2)

    def shape(self, node: Described) -> Shape:
        left, right = node.operands
        if left.shape != right.shape:
            node.expect(right.shape == left.shape[-1:], "two values of one shape, or a value and behind it a vector as wide "
                        "as its rows", 1)
            if right.reads_candidate:
                raise node.error(f"'{right.name}' depends on the candidate, so it cannot go with each row of '{left.name}'; "
                                 "make one vector of that first, for example with 'attention' or 'last'")
        return left.shape

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return self.joined(values[0], _beside(values[1], values[0]))

    def joined(self, left: Values, right: Values) -> Values:
        """The two values made one, element by element."""
        return left + right


class Multiply(Add):
    """Product of two values of one shape, or of a value and a vector that each of its rows is multiplied by."""

    name = "multiply"

    def joined(self, left: Values, right: Values) -> Values:
        return left * right


def _beside(vector: Values, rows: Values) -> Values:
    """A value with axes of length 1 before its last one, until it has as many as another."""
    return vector.reshape(vector.shape[:1] + (1,) * (rows.ndim - vector.ndim) + vector.shape[1:])


class Concatenate(Operation):
    """Vectors one after the other."""

    name = "concatenate"
    operands = (2, 64)

    def shape(self, node: Described) -> Shape:
        for place, operand in enumerate(node.operands):
            node.expect(len(operand.shape) == 1, "vectors", place)
        width = sum(operand.shape[0] for operand in node.operands)
        if width > 1 << 20:
            raise node.error(f"the joined width is {width}; it must be from 1 to {1 << 20}")
        return (width,)

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        count = max(value.shape[0] for value in values)
        return np.concatenate([np.broadcast_to(value, (count, value.shape[1])) for value in values], 1)


class Dot(Operation):
    """Inner product of two vectors of one width."""

    name = "dot"
    operands = (2, 2)

    def shape(self, node: Described) -> Shape:
        for place, operand in enumerate(node.operands):
            node.expect(len(operand.shape) == 1 and operand.shape == node.operands[0].shape, "two vectors of one width",
                        place)
        return (1,)

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        left, right = values
        if left.shape[0] == 1:
            return right @ left.T
        return left @ right.T if right.shape[0] == 1 else (left * right).sum(-1, keepdims=True)
