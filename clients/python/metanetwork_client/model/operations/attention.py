"""Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2). Keys and values have no bias."""
from __future__ import annotations

from math import sqrt
from typing import List, Tuple

import numpy as np

from .base import Described, Operation, Setting, Shape, Tensors, Values


class Attention(Operation):
    """Attention of the first value, a vector, on the second, a sequence."""

    name = "attention"
    settings = {"heads": Setting(int)}
    operands = (2, 2)

    def shape(self, node: Described) -> Shape:
        node.expect(len(node.operands[0].shape) == 1, "one vector as the query")
        node.expect(len(node.operands[1].shape) == 2, "a sequence as the memory", 1)
        return self.checked(node)

    def checked(self, node: Described) -> Shape:
        """Shape of the first value.

        Raises:
            ArchitectureError: The heads do not divide its width.
        """
        heads = node["heads"]
        if heads < 1 or node.width % heads:
            raise node.error(f"{heads} heads do not divide the width of {node.width}; choose a divisor of it")
        return node.operands[0].shape

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        width, memory = shape[-1], node.operands[-1].shape[-1]
        return [("query.weight", (width, width)), ("query.bias", (width,)), ("key.weight", (memory, width)),
                ("value.weight", (memory, width)), ("output.weight", (width, width)), ("output.bias", (width,))]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return _attend(values[0][:, None], values[1], node["heads"], tensor)[:, 0]


class SelfAttention(Attention):
    """Causal attention of a sequence on itself: each row attends to itself and to the rows before it."""

    name = "selfAttention"
    operands = (1, 1)

    def shape(self, node: Described) -> Shape:
        node.expect(len(node.operands[0].shape) == 2, "a sequence")
        return self.checked(node)

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return _attend(values[0], values[0], node["heads"], tensor, is_causal=True)


def _attend(queries: Values, memory: Values, heads: int, tensor: Tensors, is_causal: bool = False) -> Values:
    """[batch, queries, width] on [batch, rows, width of the memory] → [batch, queries, width]."""
    width = queries.shape[-1]

    def split(x: Values) -> Values:  # [batch, rows, width] → [batch, heads, rows, width of a head]
        return x.reshape(x.shape[:2] + (heads, width // heads)).swapaxes(1, 2)

    query = split(queries @ tensor("query.weight") + tensor("query.bias")) / np.float32(sqrt(width // heads))
    scores = query @ split(memory @ tensor("key.weight")).swapaxes(2, 3)
    if is_causal:
        later = np.triu(np.ones(scores.shape[-2:], bool), 1)
        scores = np.where(later, np.float32(-np.inf), scores)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    found = (shares @ split(memory @ tensor("value.weight"))).swapaxes(1, 2)
    return found.reshape(found.shape[:2] + (width,)) @ tensor("output.weight") + tensor("output.bias")
