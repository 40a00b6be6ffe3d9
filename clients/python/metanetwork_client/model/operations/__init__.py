"""What a node can compute: settings, shapes, parameters and the computation of each operation, in one place each."""
from .attention import Attention, SelfAttention
from .base import ArchitectureError, Described, Operand, Operation, Shape, Values
from .images import Convolution, Flatten, Pooling
from .rows import (Add, Concatenate, Dense, Dot, Dropout, Embedding, LayerNorm, Multiply, Order, Personal, Position,
                   Standardize)
from .sequences import GRU, Last, Mean, Spread, WeightedSum

OPERATIONS = {
    operation.name: operation
    for operation in sorted(
        (kind() for kind in (Add, Attention, Concatenate, Convolution, Dense, Dot, Dropout, Embedding, Flatten, GRU, Last,
                             LayerNorm, Mean, Multiply, Order, Personal, Pooling, Position, SelfAttention, Spread,
                             Standardize, WeightedSum)),
        key=lambda operation: operation.name)
}

__all__ = ["OPERATIONS", "ArchitectureError", "Described", "Operand", "Operation", "Shape", "Values"]
