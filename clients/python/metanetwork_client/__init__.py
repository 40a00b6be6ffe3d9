"""A client of MetaNetwork in Python: a model that ranks or classifies on this device, with weights that the service makes
of a few recent, unlabelled samples.

``PersonalModel`` is where to begin; ``Configuration`` says how it behaves, and ``ClientError`` what it raises.
"""
from .errors import (ClientError, Forgotten, InsecureServer, InvalidInput, InvalidKey, InvalidModelName, InvalidSample, NoModel,
                     Refused, RetryLater, SharedKey, StorageFailed, Unreachable, Untrusted, Unusable)
from .limits import Limits
from .model.moment import gap, hour, weekday
from .personal.active_weights import Age, Standing
from .personal.answers import ClassProbability, RankedItem
from .personal.configuration import EXPIRY, MEASURED, NEVER, BackOff, Clock, Configuration, RetireAfter
from .personal.personal_model import PersonalModel
from .service.address import AppKey
from .service.transport import Request, Response, Transport, URLTransport
from .wire.signature import PinnedKey, Trust

__all__ = [
    "EXPIRY", "MEASURED", "NEVER", "Age", "AppKey", "BackOff", "ClassProbability", "ClientError", "Clock", "Configuration",
    "Forgotten", "InsecureServer", "InvalidInput", "InvalidKey", "InvalidModelName", "InvalidSample", "Limits", "NoModel",
    "PersonalModel", "PinnedKey", "RankedItem", "Refused", "Request", "Response", "RetireAfter", "RetryLater", "SharedKey", "Standing",
    "StorageFailed", "Transport", "Trust", "URLTransport", "Unreachable", "Untrusted", "Unusable", "gap", "hour", "weekday",
]
