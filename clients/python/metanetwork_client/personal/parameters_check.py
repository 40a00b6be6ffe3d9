"""What an answer with personal weights must be before a device uses it."""
from __future__ import annotations

from math import sqrt
from typing import Optional, Tuple

from ..errors import Unusable
from ..model.device_model import check_weights
from ..wire.messages import ParametersMetadata
from ..wire.safetensors import SafeTensorsError, Weights, decode, norm
from ..wire.signature import PARAMETERS, Trust
from .base_model import BaseModel

_MAXIMUM_TENSORS = 1_000


def check_parameters(body: bytes, signature: Optional[str], nonce: str, base: BaseModel, trust: Trust, norm_bound: float,
                     limit: int) -> Tuple[Weights, ParametersMetadata]:
    """Checks an answer: size, signature, format, model, version, nonce, expiry, names, shapes, finiteness and norms, in
    this order.

    Expiry is a length of time, ``expires - generated``, that counts from the receipt: a device whose clock is wrong can be
    personal too, and the nonce shows that the answer is new.

    Args:
        body: The answer.
        signature: Its header ``MetaNetwork-Signature``; None where there was none.
        nonce: The nonce of the request.
        base: The version in use.
        trust: Whose answers are believed.
        norm_bound: Largest norm of a personal layer, as a multiple of the global layer's.
        limit: Longest answer, in bytes.

    Returns:
        The tensors of all dynamic layers, and what the answer says of itself.

    Raises:
        Untrusted: No pinned key signed it.
        Unusable: It is signed, and cannot be used.
    """
    if len(body) > limit:
        raise _unusable(f"they have {len(body)} bytes, the limit is {limit}")
    trust.check(body, signature, PARAMETERS)
    try:
        weights, strings = decode(body, limit, _MAXIMUM_TENSORS)
    except SafeTensorsError as error:
        raise _unusable(str(error)) from None
    metadata = ParametersMetadata.read(strings)
    if metadata is None:
        raise _unusable("their metadata lack the model, version, nonce, samples, generated or expires")
    if metadata.model != base.manifest.name:
        raise _unusable(f"they are for the model '{metadata.model[:80]}'")
    if metadata.version != base.manifest.version:
        raise _unusable(f"they are for the version {metadata.version[:80]}")
    if metadata.nonce != nonce:
        raise _unusable("they answer another request; the nonce is not ours")
    if metadata.generated < 0 or metadata.expires <= metadata.generated:
        raise _unusable(f"they expire at {metadata.expires} and were generated at {metadata.generated}")
    check_weights(weights, base.device.dynamic_parameters, "the parameters")
    _check_norms(weights, base, norm_bound)
    return weights, metadata


def _check_norms(weights: Weights, base: BaseModel, norm_bound: float) -> None:
    global_weights = base.device.global_weights
    for layer in base.device.graph.dynamic_layers:
        names = list(layer.tensors.values())
        # A global layer of zeros must not forbid every other; a personal vector is measured by one of ones.
        least = sqrt(layer.shape[-1]) if layer.operation.name == "personal" else 1.0
        bound = norm_bound * max(least, norm(global_weights, names))
        found = norm(weights, names)
        if found > bound:
            raise _unusable(f"the norm of layer '{layer.name}' is {found:.7g}, the bound is {bound:.7g}")


def _unusable(reason: str) -> Unusable:
    return Unusable("the parameters", reason)
