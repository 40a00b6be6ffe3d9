"""Runs a model: static layers, and dynamic layers that are swapped for personal ones."""
from __future__ import annotations

from math import prod
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ..errors import InvalidInput, Unusable
from ..wire.safetensors import Weights
from .graph import Graph, Parameter

# Candidates that are scored at once, so that memory does not grow with the catalogue.
_BLOCK = 4096

Vector = Union[Sequence[float], np.ndarray]
InputValue = Union[str, Vector]


def check_weights(weights: Mapping[str, np.ndarray], parameters: List[Parameter], what: str) -> None:
    """Checks that weights are those of some parameters: names, shapes and finiteness.

    Raises:
        Unusable: A tensor is missing, has another shape or a value that is not finite, or there is one too many.
    """
    for parameter in parameters:
        tensor = weights.get(parameter.name)
        if tensor is None:
            raise Unusable(what, f"they have no tensor '{parameter.name}'")
        if tensor.shape != parameter.shape:
            raise Unusable(what, f"tensor '{parameter.name}' has shape {list(tensor.shape)}, the model needs "
                           f"{list(parameter.shape)}")
        if not np.isfinite(tensor).all():
            raise Unusable(what, f"tensor '{parameter.name}' has a value that is not a finite number")
    extra = set(weights) - {parameter.name for parameter in parameters}
    if extra:
        raise Unusable(what, f"they have tensors that are not dynamic layers, or none of the model's: '{min(extra)}'")


class DeviceModel:
    """A model on one device, interpreted in numpy in single precision.

    An index of the history that is outside the catalogue is skipped, a candidate that is outside scores minus infinity. An
    empty history reads as one padding sample, as in training.

    Args:
        graph: The model.
        weights: Static and global dynamic weights.
        memory_bytes: Maximum memory of weights and of the values of one evaluation.

    Raises:
        Unusable: The weights are not those of the graph, or it takes more memory.
    """

    def __init__(self, graph: Graph, weights: Weights, memory_bytes: int) -> None:
        check_weights(weights, list(graph.parameters.values()), "the model")
        values = sum(parameter.array_size for parameter in graph.parameters.values())
        values += sum(prod(node.shape) * (_BLOCK if node.reads_candidate else 1) for node in graph.nodes)
        if 4 * values > memory_bytes:
            raise Unusable("the model", f"it needs {4 * values} bytes of memory, the limit is {memory_bytes}")
        self.graph = graph
        self._static = weights
        self._personal: Optional[Weights] = None
        self._uses_personal = False
        self._prompt: Optional[np.ndarray] = None
        self._context = np.full(graph.input_count, np.nan, np.float32)

    @property
    def dynamic_parameters(self) -> List[Parameter]:
        """The tensors that the MetaGenerator makes."""
        return [parameter for parameter in self.graph.parameters.values() if parameter.is_dynamic]

    @property
    def global_weights(self) -> Weights:
        """The dynamic layers that everybody begins with."""
        return {parameter.name: self._static[parameter.name] for parameter in self.dynamic_parameters}

    @property
    def dynamic_weights(self) -> Weights:
        """The dynamic layers in use."""
        return dict(self._personal) if self._uses_personal and self._personal is not None else self.global_weights

    @property
    def is_personal(self) -> bool:
        """Whether the dynamic layers in use are personal ones."""
        return self._uses_personal

    def personalize(self, weights: Weights) -> None:
        """Swaps the dynamic layers: all of them, or none where one is wrong.

        Raises:
            Unusable: The tensors are not those of all dynamic layers; the layers are then as they were.
        """
        check_weights(weights, self.dynamic_parameters, "the parameters")
        self._personal, self._uses_personal = weights, True

    def depersonalize(self) -> None:
        """Goes back to the global dynamic layers, and keeps no others."""
        self._personal, self._uses_personal = None, False

    def use_personal(self, personal: bool) -> None:
        """Has the personal layers answer, where there are any, or the global ones, and keeps both."""
        self._uses_personal = personal and self._personal is not None

    def use_prompt(self, prompt: np.ndarray) -> None:
        """Adds a tensor to every input from now on, before everything else.

        Args:
            prompt: Of the shape of the model's input: [width], [length, width], or [channels, height, width].

        Raises:
            Unusable: The model ranks items or has several inputs, or the tensor is of another shape or not finite.
        """
        inputs = self.graph.inputs
        if self.graph.ranks_items or len(inputs) > 1 or inputs[0].tokens is not None:
            raise Unusable("prompt.safetensors", "the model has not just one input over vectors")
        shape = inputs[0].shape if len(inputs[0].shape) < 3 else (inputs[0].shape[2],) + inputs[0].shape[:2]
        if prompt.shape != shape or not np.isfinite(prompt).all():
            raise Unusable("prompt.safetensors", f"it is of shape {list(prompt.shape)}, or not finite; the input has "
                           f"{list(shape)}")
        self._prompt = prompt.reshape(-1)

    # Rankings.

    def use_context(self, row: Optional[np.ndarray]) -> None:
        """Has every ranking from now on read this of its user.

        Args:
            row: From ``row``; None for nothing known.

        Raises:
            InvalidInput: The model ranks no items, or the row has another size, or an input of it is in part or not finite.
        """
        if not self.graph.ranks_items:
            raise InvalidInput(f"the model '{self.graph.architecture.name}' ranks no items; ask it for its outputs")
        given = np.full(self.graph.input_count, np.nan, np.float32) if row is None else _floats(row).copy()
        self._completed(given.copy())
        self._context = given

    def scores(self, history: Sequence[int], candidates: Sequence[int]) -> np.ndarray:
        """Scores candidates.

        Args:
            history: Indices of recent samples, oldest first; those older than the device window are not read.
            candidates: Indices to be scored, in any order, repeated or not.

        Returns:
            One logit a candidate, float32, never NaN; minus infinity where the index is outside the catalogue, and for
            whatever is asked of a model over vectors.
        """
        indices = np.asarray(candidates, np.int64).reshape(-1)
        result = np.full(indices.shape, -np.inf, np.float32)
        if not self.graph.ranks_items:
            return result
        known = [item for item in history if 0 < item <= self.graph.items][-self.graph.window:] or [0]
        sources = {source.kind: -1 - place for place, source in enumerate(self.graph.inputs)}
        values: Dict[int, np.ndarray] = {sources["items"]: np.asarray(known, np.int64)[None]}
        if self._context.size:
            row, _ = self._completed(self._context.copy())
            values.update(self._placed(row))
        nodes = sorted(self.graph.needed(self.graph.output))
        self._run([place for place in nodes if not self.graph.nodes[place].reads_candidate], values)
        places = np.flatnonzero((indices > 0) & (indices <= self.graph.items))
        for start in range(0, len(places), _BLOCK):
            block = places[start:start + _BLOCK]
            own = {**values, sources["item"]: indices[block]}
            self._run([place for place in nodes if self.graph.nodes[place].reads_candidate], own)
            result[block] = np.broadcast_to(own[self.graph.output], (len(block), 1))[:, 0]
        return np.where(np.isnan(result), np.float32(-np.inf), result)

    def sample_embedding(self, item: int) -> Optional[np.ndarray]:
        """What stands for a sample of a model of items: the row of its index, as wide as the history's table.

        Returns:
            None for an index outside the catalogue.
        """
        table = self.graph.history_table
        return self._static[table][item] if table is not None and 0 < item <= self.graph.items else None

    # Vectors.

    def outputs(self, row: Vector) -> np.ndarray:
        """What a model over vectors makes of an input.

        Args:
            row: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row. Of several
                inputs one after the other; all values of one that is missing are NaN.

        Returns:
            Logits of classes, or values of a regression; float32.

        Raises:
            InvalidInput: The input has another size or is not finite, or the model ranks items.
        """
        return self._evaluate(self._read(row), self.graph.output)

    def sample(self, row: Vector) -> np.ndarray:
        """What stands for a sample of a model over vectors: the value of its ``sample`` node, or the input itself.

        Raises:
            InvalidInput: As ``outputs``.
        """
        whole = self._read(row)
        return whole if self.graph.sample is None else self._evaluate(whole, self.graph.sample)

    def row(self, values: Mapping[str, InputValue]) -> np.ndarray:
        """The input of a model that has several, or the context of one that ranks items, from what is known of each; what is not
        there is missing.

        Args:
            values: By name of the input: its values, flattened as for ``outputs``, or one of its tokens.

        Raises:
            InvalidInput: A name is none of the model's inputs, what is given does not fit, or nothing is given.
        """
        if not self.graph.row_inputs:
            self._require_vectors()
        names = [source.name for _, source in self.graph.row_inputs]
        other = next((name for name in values if name not in names), None)
        if other is not None:
            raise InvalidInput(f"the model has no input '{other}'; it has {', '.join(map(repr, names))}")
        parts = []
        for _, source in self.graph.row_inputs:
            value = values.get(source.name)
            part = np.full(prod(source.shape), np.nan, np.float32)
            if value is not None and isinstance(value, str) != (source.tokens is not None):
                raise InvalidInput(f"the input '{source.name}' takes {'a token' if source.tokens else 'values'}")
            if isinstance(value, str):
                part[0] = (source.tokens or ()).index(value) + 1 if value in (source.tokens or ()) else 0
            elif value is not None:
                part = _floats(value)
                if part.size != prod(source.shape) or not np.isfinite(part).all():
                    raise InvalidInput(f"the input '{source.name}' has {prod(source.shape)} finite values, and was given "
                                       f"{part.size}")
            parts.append(part)
        return np.concatenate(parts)

    def _require_vectors(self) -> None:
        if self.graph.ranks_items:
            raise InvalidInput(f"the model '{self.graph.architecture.name}' ranks items and reads no vectors; ask it to rank")

    def _read(self, given: Vector) -> np.ndarray:
        """The row with the prompt, and with what stands for missing inputs."""
        self._require_vectors()
        row, missing = self._completed(_floats(given).copy())
        if missing == len(self.graph.inputs):
            raise InvalidInput("each of the model's inputs is missing; give one at least")
        return row if self._prompt is None else row + self._prompt

    def _completed(self, row: np.ndarray) -> Tuple[np.ndarray, int]:
        """The row with what stands for missing inputs, in place, and how many there are.

        Raises:
            InvalidInput: It has another size, or an input of it is in part or not finite.
        """
        inputs = self.graph.row_inputs
        if row.size != self.graph.input_count:
            raise InvalidInput(f"the input has {row.size} values, the model reads {self.graph.input_count}")
        start, missing = 0, 0
        for place, source in inputs:
            part = row[start:start + prod(source.shape)]
            if (len(inputs) > 1 or self.graph.ranks_items) and np.isnan(part).all():
                missing += 1
                part[:] = self._standing_for(place)
            elif not np.isfinite(part).all():
                raise InvalidInput(f"value {start + int(np.flatnonzero(~np.isfinite(part))[0])} is infinite or NaN")
            start += part.size
        return row, missing

    def _standing_for(self, place: int) -> np.ndarray:
        """The values of a missing input: the training data's mean where it is standardized, else zeros."""
        shape = self.graph.inputs[place].shape
        for node in self.graph.nodes:
            if node.operation.name == "standardize" and node.sources == (-1 - place,):
                return _fed(np.broadcast_to(self._static[node.tensors["mean"]], shape))
        return np.zeros(prod(shape), np.float32)

    def _evaluate(self, row: np.ndarray, root: int) -> np.ndarray:
        values = self._placed(row)
        self._run(sorted(self.graph.needed(root)), values)
        return values[root][0]

    def _placed(self, row: np.ndarray) -> Dict[int, np.ndarray]:
        """What nodes read of a row that is completed, by place of the input."""
        values: Dict[int, np.ndarray] = {}
        start = 0
        for place, source in self.graph.row_inputs:
            part = row[start:start + prod(source.shape)]
            start += part.size
            if source.tokens is not None:
                number = float(part[0])
                values[-1 - place] = np.array([int(number) if 1 <= number <= len(source.tokens) else 0])
            elif len(source.shape) == 3:
                height, width, channels = source.shape
                values[-1 - place] = part.reshape(1, channels, height, width).transpose(0, 2, 3, 1)
            else:
                values[-1 - place] = part.reshape((1,) + source.shape)
        return values

    def _run(self, places: List[int], values: Dict[int, np.ndarray]) -> None:
        """Computes nodes in order; values are by place of the node, or of the input below 0."""
        personal = self._personal if self._uses_personal and self._personal is not None else {}
        # Weights may overflow; whoever reads the result looks at that.
        with np.errstate(all="ignore"):
            for place in places:
                node = self.graph.nodes[place]

                def tensor(role: str, names: Dict[str, str] = node.tensors) -> np.ndarray:
                    return personal[names[role]] if names[role] in personal else self._static[names[role]]

                operands = [values[source] for source in node.sources]
                values[place] = node.operation.run(node.described, operands, tensor)


def _floats(values: Vector) -> np.ndarray:
    """Values in single precision, in one row.

    Raises:
        InvalidInput: They are no numbers.
    """
    try:
        with np.errstate(over="ignore"):
            return np.asarray(values, np.float32).reshape(-1)
    except (TypeError, ValueError):
        raise InvalidInput("the input is no sequence of numbers") from None


def _fed(value: np.ndarray) -> np.ndarray:
    """A value in the order in which it is fed in: of an image channel by channel."""
    return (value.transpose(2, 0, 1) if value.ndim == 3 else value).reshape(-1)
