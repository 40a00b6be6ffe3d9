"""Asks the service for weights of recent samples, and for new versions of the model."""
from __future__ import annotations

import threading
import uuid
from typing import List, Optional, Tuple

from ..errors import ClientError, Forgotten, Refused, RetryLater, Untrusted, Unusable
from ..service.cloud_service import CloudService, Signed
from ..storage.folder import ModelFolder, StoredParameters
from ..wire.messages import ParametersRequest
from .base_source import BaseSource
from .configuration import Configuration
from .model_state import ModelState
from .refresh_schedule import RefreshSchedule


class Refreshing:
    """When and how new weights are asked for. One thread asks at a time; others may use the model meanwhile.

    Attributes:
        failure: Why the last refresh failed, until one succeeds.

    Args:
        state: Receives weights, versions and notices.
        source: Who updates the version.
        service: Who makes weights.
        folder: Where they are kept.
        configuration: When to ask, and for what.
    """

    def __init__(self, state: ModelState, source: BaseSource, service: CloudService, folder: ModelFolder,
                 configuration: Configuration) -> None:
        self._state, self._source, self._service, self._folder = state, source, service, folder
        self._configuration, self._clock = configuration, configuration.clock
        self._schedule, self._asking = RefreshSchedule(configuration.back_off), threading.Lock()
        self.failure: Optional[ClientError] = None

    def refresh(self) -> None:
        """As ``PersonalModel.refresh``."""
        with self._asking:
            self._refresh()

    def refresh_if_due(self) -> bool:
        """As ``PersonalModel.refresh_if_due``."""
        if not self._asking.acquire(blocking=False):
            return False
        try:
            if self._clock.uptime() < self._schedule.not_before or not self._is_due():
                return False
            self._refresh()
            return True
        except ClientError:
            return False
        finally:
            self._asking.release()

    def _refresh(self) -> None:
        wait = self._schedule.asked - self._clock.uptime()
        if wait > 0:
            raise RetryLater(int(wait) + 1)
        try:
            self._ask()
            self._schedule.succeed()
            self.failure = None
        except Forgotten:
            raise
        except ClientError as error:
            self.failure = error
            self._schedule.fail(error.wait if isinstance(error, Refused) else None, self._clock.uptime())
            raise

    def _is_due(self) -> bool:
        with self._state.lock:
            weights = self._state.weights
            if not weights.samples.known(weights.base):
                return False
            return weights.are_wanted if weights.may_help else self._schedule.is_version_due(self._clock.uptime())

    def _ask(self) -> None:
        """Gets weights for the recent samples; where the version is gone, changes to the current one and asks again, once."""
        epoch, is_version_checked = self._state.epoch, self._check_version()
        for may_change_version in (True, False):
            question = self._question()
            if question is None:
                if not is_version_checked:
                    self._update_base()
                return
            request, last_sample = question
            answer = self._service.parameters(request)
            if answer is not None:
                return self._adopt(answer, request, last_sample, epoch)
            if may_change_version:
                self._update_base()
        raise Refused(409, "the service has no weights for the version that it calls its current one")

    def _check_version(self) -> bool:
        """Changes to the current version now and then; one that cannot be used must not keep the device from weights."""
        if not self._schedule.is_version_due(self._clock.uptime()):
            return False
        try:
            self._update_base()
        except (Untrusted, Unusable) as error:
            self._state.note([error])
        return True

    def _update_base(self) -> None:
        manifest = self._state.weights.base.manifest
        installation = f"{self._folder.identity.id()}/{manifest.name}"
        self._schedule.note_version_check(self._clock.uptime(), self._configuration.version_interval, installation)
        notices: List[Exception] = []
        base = self._source.update(manifest, notices)
        if base is not None:
            self._state.take_up(base, notices)
        self._state.note(notices)

    def _question(self) -> Optional[Tuple[ParametersRequest, str]]:
        """The request to send, and the id of the last sample; None where no sample is known, or weights do not help."""
        with self._state.lock:
            weights = self._state.weights
            base, samples = weights.base, weights.samples
            known = samples.known(base)
            if not known or not weights.may_help:
                return None
            request = ParametersRequest(base.manifest.version, str(uuid.uuid4()), self._configuration.payload)
            if base.device.graph.ranks_items and not self._configuration.sends_embeddings:
                request.samples = [samples.log.samples[place].item for place in known]
            else:
                request.embeddings = [samples.embedding(place, base) for place in known]
            return request, samples.log.samples[-1].id

    def _adopt(self, answer: Signed, request: ParametersRequest, last_sample: str, epoch: int) -> None:
        """Checks an answer, swaps its weights in and stores it."""
        stored = StoredParameters(request.version, request.nonce, answer.signature, self._clock.now(), last_sample,
                                  answer.body)
        with self._state.lock:
            if epoch != self._state.epoch:
                raise Forgotten
            self._state.weights.install(stored)
            with self._state.noting():
                self._folder.keep_personal(stored)
