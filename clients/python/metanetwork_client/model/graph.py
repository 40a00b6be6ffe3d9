"""An architecture that was checked: every name resolves, every shape fits."""
from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Dict, List, Optional, Sequence, Set, Tuple

from .architecture import LARGEST_VALUE, Architecture, Input, Node
from .operations import OPERATIONS, ArchitectureError, Described, Operand, Operation, Shape


@dataclass(frozen=True)
class Parameter:
    """A tensor of weights that the model needs: its name in files, its shape, and whether the MetaGenerator makes it."""

    name: str
    shape: Shape
    is_dynamic: bool

    @property
    def array_size(self) -> int:
        """Number of its values."""
        return prod(self.shape)


@dataclass(frozen=True)
class Resolved:
    """A node with what it reads, resolved.

    Attributes:
        sources: For each operand the place of an earlier node, or, below 0, of an input: ``-1 - place``.
        tensors: Names of its tensors in files, by role.
        is_personal: Whether the value depends on a dynamic layer, its own included.
    """

    described: Described
    operation: Operation
    sources: Tuple[int, ...]
    shape: Shape
    tensors: Dict[str, str]
    reads_candidate: bool
    is_personal: bool

    @property
    def name(self) -> str:
        """The node's name."""
        return self.described.name


class Graph:
    """A checked architecture with all shapes.

    Attributes:
        ranks_items: Whether the model ranks items; one that does not reads vectors.
        window: Longest history that a model of items reads, in samples.
        nodes: In order of evaluation.
        output: Place of the node that gives the result.
        sample: Place of the node that stands for a sample; None where the input does, and for a model of items.
        parameters: Every tensor by its name in files.

    Args:
        architecture: The description.
        items: Number of items in the catalogue; 0 for a model over vectors.

    Raises:
        ArchitectureError: It is no model; the text names the node.
    """

    def __init__(self, architecture: Architecture, items: int) -> None:
        self.architecture, self.items = architecture, items
        self.inputs: Sequence[Input] = architecture.inputs
        kinds = [source.kind for source in self.inputs]
        self.ranks_items = "items" in kinds or "item" in kinds or not kinds
        self._check_inputs(kinds)
        self.window = next((source.shape[0] for source in self.inputs if source.kind == "items"), 1)
        self.nodes: List[Resolved] = []
        self.parameters: Dict[str, Parameter] = {}
        self._places = {source.name: -1 - place for place, source in enumerate(self.inputs)}
        for node in architecture.nodes:
            self._append(node)
        self.output = self._output()
        self.sample = self._sample()
        self._check_use()

    def _check_inputs(self, kinds: List[str]) -> None:
        names = [source.name for source in self.inputs]
        if len(set(names)) < len(names):
            raise ArchitectureError("", "two inputs have one name; rename one")
        if self.ranks_items:
            if sorted(kind for kind in kinds if kind not in ("vector", "token")) != ["item", "items"]:
                raise ArchitectureError("", "a model ranks items with one input of kind 'items', one of kind 'item' and others of "
                                        "kind 'vector' and 'token', or reads vectors, images and tokens; this one has "
                                        f"{', '.join(kinds) or 'none'}")
            if self.items < 1:
                raise ArchitectureError("", f"the catalogue has {self.items} items; it needs 1 or more")
            return
        if self.items:
            raise ArchitectureError("", f"reads vectors and has no catalogue, but is given {self.items} items; give 0")
        if len({source.shape[0] for source in self.inputs if source.kind == "vectors"}) > 1:
            raise ArchitectureError("", "windows of one model have one length; sample them alike")
        if self.input_count > LARGEST_VALUE:
            raise ArchitectureError("", f"the inputs have {self.input_count} values, more than {LARGEST_VALUE}")

    @property
    def row_inputs(self) -> Sequence[Tuple[int, Input]]:
        """The inputs of a row with their places: all but those of items."""
        return [(place, source) for place, source in enumerate(self.inputs) if source.kind not in ("items", "item")]

    @property
    def input_count(self) -> int:
        """Values of a row: those of all inputs but history and candidate, one after the other."""
        return sum(prod(source.shape) for _, source in self.row_inputs)

    @property
    def output_width(self) -> int:
        """Width of the result: 1 for a score."""
        return self.nodes[self.output].shape[-1]

    @property
    def dynamic_layers(self) -> List[Resolved]:
        """The nodes whose weights the MetaGenerator makes, in order of evaluation."""
        return [node for node in self.nodes if node.operation.is_dynamic(node.described)]

    @property
    def history_table(self) -> Optional[str]:
        """Name of the tensor from which the history is embedded: what stands for samples of items."""
        for node in self.nodes:
            if node.operation.name == "embedding" and self.inputs[-1 - node.sources[0]].kind == "items":
                return node.tensors["embedding"]
        return None

    def _operand(self, name: str, node: Node) -> Operand:
        place = self._places.get(name)
        if place is None:
            raise ArchitectureError(node.name, f"reads '{name[:80]}', but no node or input before it has this name")
        if place >= 0:
            return Operand(name, self.nodes[place].shape, reads_candidate=self.nodes[place].reads_candidate)
        source = self.inputs[-1 - place]
        if source.kind in ("items", "item"):
            return Operand(name, source.shape, self.items + 1, source.kind == "item", True)
        if source.tokens is not None:
            return Operand(name, (), len(source.tokens) + 1, False, True)
        return Operand(name, source.shape, is_input=True)

    def _append(self, node: Node) -> None:
        if not node.name or node.name in self._places:
            raise ArchitectureError(node.name, "a node needs a name that no other node or input has; rename one")
        operation = OPERATIONS[node.operation]
        least, most = operation.operands
        if not least <= len(node.inputs) <= most:
            raise ArchitectureError(node.name, f"'{node.operation}' takes {least} to {most} inputs, got {len(node.inputs)}")
        operands = [self._operand(name, node) for name in node.inputs]
        for operand in operands:
            if operand.rows is not None and node.operation != "embedding":
                raise ArchitectureError(node.name, f"'{node.operation}' cannot read the numbers of '{operand.name}'; put an "
                                        "'embedding' between them")
        if node.operation == "flatten" and self.ranks_items:
            raise ArchitectureError(node.name, "'flatten' expects a fixed number of rows; a history has as many as it has "
                                    "samples: use 'last', 'mean' or 'attention'")
        described = Described(node.name, node.operation, node.settings, operands)
        shape = operation.shape(described)
        if not self.ranks_items and prod(shape) > LARGEST_VALUE:
            raise ArchitectureError(node.name, f"its value has {prod(shape)} elements; a value may have {LARGEST_VALUE}")
        sources = tuple(self._places[name] for name in node.inputs)
        before = [self.nodes[place] for place in sources if place >= 0]
        self.nodes.append(Resolved(
            described, operation, sources, shape, self._tensors(described, operation, shape),
            any(operand.reads_candidate for operand in operands),
            operation.is_dynamic(described) or any(node.is_personal for node in before)))
        self._places[node.name] = len(self.nodes) - 1

    def _tensors(self, node: Described, operation: Operation, shape: Shape) -> Dict[str, str]:
        """Enters the tensors of a node, and names them by role. Nodes that embed share tables; nothing else is shared."""
        if operation.name == "embedding":
            table = Parameter(f"{node['table']}.embedding", (node.operands[0].rows or 0, shape[-1]), False)
            if self.parameters.setdefault(table.name, table) != table:
                raise node.error(f"reads the table '{node['table'][:80]}' with another width or number of rows than another "
                                 "node, or has the name of that node's tensor; give it a table of its own")
            return {"embedding": table.name}
        names = {}
        for role, size in operation.tensors(node, shape):
            parameter = Parameter(f"{node.name}.{role}", size, operation.is_dynamic(node))
            if self.parameters.setdefault(parameter.name, parameter) is not parameter:
                raise node.error("its parameters have the same names as another node's; rename it")
            names[role] = parameter.name
        return names

    def _output(self) -> int:
        name = self.architecture.output
        place = self._places.get(name, -1)
        if place < 0:
            raise ArchitectureError(name, "is the output, but no node has this name")
        node = self.nodes[place]
        if len(node.shape) != 1 or self.ranks_items and (node.shape != (1,) or not node.reads_candidate):
            raise ArchitectureError(name, "is the output, so its value must be "
                                    + ("one value for each candidate" if self.ranks_items else "one vector"))
        return place

    def _sample(self) -> Optional[int]:
        name = self.architecture.sample
        if name is None:
            if not self.ranks_items and any(source.tokens for source in self.inputs):
                raise ArchitectureError("", "a token tells a generator nothing; name the node that stands for a sample")
            return None
        place = self._places.get(name, -1)
        if self.ranks_items or place < 0 or len(self.nodes[place].shape) != 1 or self.nodes[place].is_personal:
            raise ArchitectureError(name, "is the sample, so it must be one vector of a model over vectors, which no dynamic "
                                    "layer touches")
        return place

    def needed(self, *roots: int) -> Set[int]:
        """Places of the nodes that some depend on, those themselves included."""
        found = set(roots)
        for place in range(len(self.nodes) - 1, -1, -1):
            if place in found:
                found.update(source for source in self.nodes[place].sources if source >= 0)
        return found

    def _check_use(self) -> None:
        needed = self.needed(self.output)
        for place, node in enumerate(self.nodes):
            if node.operation.is_dynamic(node.described) and place not in needed:
                raise ArchitectureError(node.name, "is dynamic, but the output does not depend on it; connect it or remove it")
        used = self.needed(self.output, *([] if self.sample is None else [self.sample]))
        read = {source for place in used for source in self.nodes[place].sources}
        for place, source in self.row_inputs:
            if -1 - place not in read:
                raise ArchitectureError(source.name, "is an input that the output does not depend on; connect it or remove it")
