"""Operations on images, which are a row of channels for each pixel: [height, width, channels]."""
from __future__ import annotations

from math import prod
from typing import List, Tuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .base import ACTIVATION, ACTIVATIONS, Described, Operation, Setting, Shape, Tensors, Values

_LARGEST_WINDOW = 1 << 20
_LARGEST_VECTOR = 1 << 20


class Convolution(Operation):
    """``activation(p·W + b)`` for each patch p, read row by row, each pixel's channels together."""

    name = "convolution"
    settings = {"filters": Setting(int), "kernel": Setting(int), "stride": Setting(int, 1),
                "padding": Setting(str, "same", ("same", "valid")), "activation": ACTIVATION,
                "dynamic": Setting(bool, False)}

    def shape(self, node: Described) -> Shape:
        return _slid(node, node.size("kernel"), node["padding"] == "same") + (node.size("filters"),)

    def tensors(self, node: Described, shape: Shape) -> List[Tuple[str, Shape]]:
        return [("weight", (node["kernel"] ** 2 * node.width, shape[-1])), ("bias", shape[-1:])]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        image, size, stride = values[0], node["kernel"], node["stride"]
        if node["padding"] == "same":
            image = np.pad(image, [(0, 0), _border(image.shape[1], size, stride), _border(image.shape[2], size, stride),
                                   (0, 0)])
        patches = _windows(image, size, stride)
        patches = patches.reshape(patches.shape[:3] + (-1,))
        return ACTIVATIONS[node["activation"]](patches @ tensor("weight") + tensor("bias"))


class Pooling(Operation):
    """The maximum or the mean of each channel in windows; pixels that do not fill a window are left out."""

    name = "pooling"
    settings = {"kind": Setting(str, "max", ("max", "average")), "size": Setting(int), "stride": Setting(int, "size")}

    def shape(self, node: Described) -> Shape:
        return _slid(node, node.size("size"), False) + node.operands[0].shape[-1:]

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        windows = _windows(values[0], node["size"], node["stride"])
        return windows.max((3, 4)) if node["kind"] == "max" else windows.mean((3, 4))


class Flatten(Operation):
    """The rows of an image, or of a window of vectors, one after the other."""

    name = "flatten"

    def shape(self, node: Described) -> Shape:
        shape = node.operands[0].shape
        node.expect(len(shape) > 1, "an image or a window of vectors")
        if prod(shape) > _LARGEST_VECTOR:
            raise node.error(f"makes {prod(shape)} values; the widest vector has {_LARGEST_VECTOR}")
        return (prod(shape),)

    def run(self, node: Described, values: List[Values], tensor: Tensors) -> Values:
        return values[0].reshape(values[0].shape[0], -1)


def _slid(node: Described, size: int, is_padded: bool) -> Tuple[int, int]:
    """Height and width of what windows of an image give."""
    node.expect(len(node.operands[0].shape) == 3, "an image")
    (height, width, channels), stride = node.operands[0].shape, node.size("stride")
    if not is_padded and size > min(height, width):
        raise node.error(f"its windows of {size} × {size} pixels do not fit into {height} × {width}; make them smaller")
    if size * size * channels > _LARGEST_WINDOW:
        raise node.error(f"a window has {size} × {size} pixels of {channels} channels, more than {_LARGEST_WINDOW} values")
    if is_padded:
        return -(-height // stride), -(-width // stride)
    return (height - size) // stride + 1, (width - size) // stride + 1


def _border(length: int, size: int, stride: int) -> Tuple[int, int]:
    """Zeros before and behind, half of them each, the odd one behind."""
    total = max(0, (-(-length // stride) - 1) * stride + size - length)
    return total // 2, total - total // 2


def _windows(image: Values, size: int, stride: int) -> Values:
    """[batch, height', width', size, size, channels] of [batch, height, width, channels]."""
    windows = sliding_window_view(image, (size, size), (1, 2))[:, ::stride, ::stride]
    return np.moveaxis(windows, 3, -1)
