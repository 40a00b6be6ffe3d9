"""A model that ranks on this device and becomes personal (arXiv 2209.05227, section 3)."""
from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import List, Optional, Union

import numpy as np

from ..errors import ClientError, InvalidInput, InvalidSample, StorageFailed
from ..model.device_model import Vector
from ..service.address import ServiceAddress
from ..service.cloud_service import CloudService
from ..storage.folder import ModelFolder
from ..storage.samples import Sample
from ..wire.capability import client_text, device_memory
from ..wire.messages import answer_request
from .active_weights import ActiveWeights
from .answers import Answers
from .base_source import BaseSource
from .cloud_answer import checked_outputs
from .configuration import Configuration
from .model_state import ModelState
from .refreshing import Refreshing
from .samples import Given


class PersonalModel(Answers):
    """A model on this device that keeps recent samples, asks the service for weights made of them, checks these and swaps
    them in.

    ::

        key = PinnedKey("7a368ea85cd0e457", "…")  # as `metanetwork serve` prints it
        publisher = PinnedKey("5f01c2ab90d3e774", "…")  # as `metanetwork keys new --publisher` prints it
        model = PersonalModel("https://models.example.com", "movies", "state", Configuration(Trust(key, publishers=[publisher])))
        model.record("tt0133093")
        model.refresh_if_due()
        for item in model.rank(["tt0234215", "tt0083658"]):
            print(item.id, item.score)

    Ranking never waits for the network and never fails: without new weights the old ones rank, without any the base model.
    All methods may be called from any thread; while one asks the service the others answer.

    Args:
        server: The service's address; https, except on this machine or with ``Trust.unsigned()`` and no credentials.
        model: The model's name.
        directory: Where to keep it; a folder of the model's name is made there.
        configuration: Everything else.

    Raises:
        InvalidModelName, InsecureServer: The name or the address cannot be used.
        NoModel: There is no model on this device or in the app, and none could be fetched.
    """

    def __init__(self, server: str, model: str, directory: Union[str, "os.PathLike[str]"],
                 configuration: Configuration) -> None:
        address = ServiceAddress(server, model, configuration.trust, configuration.credentials)
        self._configuration, self._clock, limits = configuration, configuration.clock, configuration.limits
        notices: List[Exception] = []
        self._folder = ModelFolder(Path(directory), model, limits)
        for look in (self._folder.prepare, self._folder.identity.check):
            try:
                look()
            except StorageFailed as error:
                notices.append(error)
        self._service = CloudService(address, configuration.transport, configuration.credentials, self._folder.identity,
                                     limits, self._clock.now,
                                     client_text(device_memory() if configuration.tells_memory else None))
        self._source = BaseSource(model, self._folder, self._service, configuration)
        weights = ActiveWeights(self._source.open(notices), self._folder, configuration, notices)
        super().__init__(ModelState(weights, notices))
        self._refreshing = Refreshing(self._state, self._source, self._service, self._folder, configuration)

    def ask_cloud(self, values: Vector, timeout: float = 2.0) -> np.ndarray:
        """What the larger model in the cloud makes of an input, where the service has one. The input leaves the device as it is:
        ask your user first. When that pays is for the program to say; without an answer it has ``outputs``.

        Args:
            values: As the cloud's model reads it.
            timeout: Longest wait in seconds.

        Returns:
            As ``outputs``.

        Raises:
            InvalidInput: The model ranks items, or a value is not finite.
            ClientError: There is no answer, no larger model, or one that is not to be believed.
        """
        base, row = self._weights.base, np.asarray(values, np.float32).reshape(-1)
        if base.device.graph.ranks_items or not np.isfinite(row).all():
            raise InvalidInput("a model that ranks items asks no larger one, and inputs are finite; ask it to rank")
        nonce = str(uuid.uuid4())
        answer = self._service.answer(answer_request(base.manifest.version, row, nonce), timeout)
        return checked_outputs(answer, nonce, base, self._configuration.trust)

    # Samples.

    def record(self, sample: Given) -> bool:
        """Records that the user chose an item, or what a model over vectors was given. It is stored before this returns, and
        counts in the next ranking. Nothing of it leaves the device but in a request for weights.

        Args:
            sample: The item's raw id, which the model need not know: a later version may. Or values, as for ``outputs``.

        Returns:
            Whether it was recorded; where not, ``take_notices`` says why.
        """
        with self._lock:
            try:
                text = self._weights.samples.text(sample, self._weights.base)
            except InvalidSample as error:
                self._state.note([error])
                return False
            event = Sample(str(uuid.uuid4()), text, self._clock.now())
            # Each in its turn: what the disk refuses stays in memory.
            with self._state.noting():
                self._weights.compare(event)
            with self._state.noting():
                self._weights.samples.append(event, self._weights.base)
            self._weights.retire_when_past()
            return True

    @property
    def history(self) -> List[str]:
        """Raw ids of the recorded samples, oldest first; empty where the model reads vectors."""
        with self._lock:
            samples = self._weights.samples.log.samples if self._weights.base.device.graph.ranks_items else []
            return [sample.item for sample in samples]

    @property
    def latest_time(self) -> Optional[float]:
        """When the latest item of the history that the model knows was chosen, in seconds since 1970, as ``gap`` takes it; None
        where there is none, or the model reads vectors."""
        latest = self._latest()
        return None if latest is None else latest.time

    @property
    def latest_item(self) -> Optional[str]:
        """Raw id of the latest item of the history that the model knows, so that the program can say what the user did with it; None
        where there is none, or the model reads vectors."""
        latest = self._latest()
        return None if latest is None else latest.item

    def _latest(self) -> Optional[Sample]:
        with self._lock:
            if not self._weights.base.device.graph.ranks_items:
                return None
            indices, recorded = self._weights.samples.indices, self._weights.samples.log.samples
            return next((sample for item, sample in reversed(list(zip(indices, recorded))) if item > 0), None)

    def forget(self) -> None:
        """Removes all that tells of the user from this device: samples, personal weights, how they fared, the device's id
        and key. The base model ranks from now on; an answer that is on its way is not used.

        Raises:
            StorageFailed: A file could not be removed.
        """
        with self._lock:
            self._state.forget()
            try:
                self._folder.forget()
            finally:
                self._service.forget_device()

    # What it runs, and what went wrong.

    def onnx(self) -> bytes:
        """The model of the version in use as ONNX, for a runtime of the program's own, where it was published with one: fetched with
        each call, and checked by the digest in the signed manifest.

        Raises:
            Unusable: The version has none.
            ClientError: No answer, an error of the service, or another file than the manifest's.
        """
        return self._source.onnx(self._weights.base.manifest)

    @property
    def failure(self) -> Optional[ClientError]:
        """Why the last refresh failed, until one succeeds; None where it did not."""
        return self._refreshing.failure

    def take_notices(self) -> List[Exception]:
        """What was found damaged, not recorded or could not be stored since the last call; the last 256."""
        return self._state.take_notices()

    # Refreshing.

    def refresh(self) -> None:
        """Asks for new weights now, whatever the configuration says; waits first for a request that runs already.

        Without a sample that the model knows, or where weights were measured to help at no age, it looks for a new version
        of the model instead.

        Raises:
            ClientError: What was in use stays in use. ``RetryLater`` where the service asked to wait.
        """
        self._refreshing.refresh()

    def refresh_if_due(self) -> bool:
        """Asks for new weights where ``Configuration`` says that it is time, no pause after a failure runs and no other thread
        asks. It raises nothing: call it after ``record``, or now and then from a thread of your own.

        Returns:
            Whether it asked and succeeded; ``failure`` says why it did not succeed.
        """
        return self._refreshing.refresh_if_due()
