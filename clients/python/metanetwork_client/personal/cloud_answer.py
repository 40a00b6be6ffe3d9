"""What a larger model in the cloud makes of an input, checked before it is given out."""
from __future__ import annotations

from typing import Sequence

import numpy as np

from ..errors import Unusable
from ..service.cloud_service import Signed
from ..wire.fields import FieldError, Fields
from ..wire.json_text import JSONError, parse
from ..wire.signature import ANSWER, Trust
from .base_model import BaseModel


def checked_outputs(answer: Signed, nonce: str, base: BaseModel, trust: Trust) -> np.ndarray:
    """Checks an answer: signature, form, model, version, nonce, number and finiteness of its outputs, in this order.

    Args:
        answer: The body, and its header ``MetaNetwork-Signature``.
        nonce: The nonce of the request.
        base: The version that was named in the request.
        trust: Whose answers are believed.

    Returns:
        Logits of classes or values, in the order of the model's own outputs; float32.

    Raises:
        Untrusted: No pinned key signed it.
        Unusable: It is signed, and is not the answer to this request.
    """
    trust.check(answer.body, answer.signature, ANSWER)
    try:
        fields = Fields(parse(answer.body))
        model, version, answered = fields.text("model"), fields.text("version"), fields.text("nonce")
        outputs = _numbers(fields.elements("outputs"))
    except (FieldError, JSONError) as error:
        raise _unusable(f"it is no answer in JSON: {error}") from None
    if model != base.manifest.name:
        raise _unusable(f"it is of the model '{model[:80]}'")
    if version != base.manifest.version:
        raise _unusable(f"it is for the version {version[:80]}")
    if answered != nonce:
        raise _unusable("it answers another request; the nonce is not ours")
    if outputs.size != base.device.graph.output_width or not np.isfinite(outputs).all():
        raise _unusable(f"it has {outputs.size} outputs, the model has {base.device.graph.output_width} finite ones")
    return outputs


def _numbers(values: Sequence[object]) -> np.ndarray:
    if not all(type(value) in (int, float) for value in values):
        raise FieldError("outputs holds what is no number")
    with np.errstate(over="ignore"):
        return np.array(values, np.float32)


def _unusable(reason: str) -> Unusable:
    return Unusable("the answer", reason)
