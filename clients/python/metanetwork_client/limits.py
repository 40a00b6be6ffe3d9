"""The maximum sizes and numbers that the client accepts and keeps."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes are checked before anything is parsed. The defaults are those of the Swift SDK.

    Attributes:
        manifest_bytes: Size of a manifest.
        device_bytes: Size of the static weights.
        vocabulary_bytes: Size of the vocabulary.
        prompt_bytes: Size of the prompt.
        parameters_bytes: Size of an answer with personal weights.
        memory_bytes: Memory that the weights and the values of one evaluation take.
        id_bytes: Length of a raw id in UTF-8.
        vector_bytes: Size of a recorded vector in base64: 196,608 hold 36,864 values.
        samples: Samples kept on the device.
    """

    manifest_bytes: int = 1 << 20
    device_bytes: int = 256 << 20
    vocabulary_bytes: int = 64 << 20
    prompt_bytes: int = 4 << 20
    parameters_bytes: int = 4 << 20
    memory_bytes: int = 512 << 20
    id_bytes: int = 512
    vector_bytes: int = 192 << 10
    samples: int = 1_000
