"""A model that ranks on this device and becomes personal (arXiv 2209.05227, section 3)."""
from __future__ import annotations

import os
import threading
import uuid
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import Collection, Deque, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

from ..bundle.manifest import CLASSIFICATION
from ..errors import (ClientError, Forgotten, InvalidInput, InvalidSample, Refused, RetryLater, StorageFailed, Untrusted,
                      Unusable)
from ..model.device_model import InputValue, Vector
from ..service.address import ServiceAddress
from ..service.cloud_service import CloudService, Signed
from ..storage.folder import ModelFolder, StoredParameters
from ..storage.samples import Sample
from ..wire.messages import ParametersRequest, answer_request
from .active_weights import ActiveWeights, Standing
from .base_source import BaseSource
from .cloud_answer import checked_outputs
from .configuration import Configuration
from .refresh_schedule import RefreshSchedule
from .samples import Given


class RankedItem(NamedTuple):
    """An item and its score, a logit; minus infinity for an item that the model does not know."""

    id: str
    score: float


class ClassProbability(NamedTuple):
    """A class, and the probability from 0 to 1 that the input is of it."""

    name: str
    probability: float


class PersonalModel:
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
        # What was found damaged or could not be stored, until the app looks at it.
        self._notices: Deque[Exception] = deque(maxlen=256)
        notices: List[Exception] = []
        self._folder = ModelFolder(Path(directory), model, limits)
        for look in (self._folder.prepare, self._folder.identity.check):
            try:
                look()
            except StorageFailed as error:
                notices.append(error)
        self._service = CloudService(address, configuration.transport, configuration.credentials, self._folder.identity,
                                     limits, self._clock.now)
        self._source = BaseSource(model, self._folder, self._service, configuration)
        self._lock, self._asking = threading.RLock(), threading.Lock()
        self._epoch = 0
        self._context: Dict[str, InputValue] = {}
        self._schedule = RefreshSchedule(configuration.back_off)
        self._failure: Optional[ClientError] = None
        self._weights = ActiveWeights(self._source.open(notices), self._folder, configuration, notices)
        self._notices.extend(notices)

    # Ranking.

    def rank(self, candidates: Sequence[str], count: Optional[int] = None) -> List[RankedItem]:
        """Ranks candidates, best first.

        An id that the model does not know scores minus infinity and comes last, in the order given. An id that occurs twice
        is ranked twice. Of equal scores the earlier candidate comes first.

        Args:
            candidates: Raw ids.
            count: Maximum number of items of the result; None for all.
        """
        with self._lock:
            self._weights.retire_when_past()
            indices = [self._weights.base.vocabulary.index(candidate) for candidate in candidates]
            scores = self._weights.base.device.scores(self._weights.samples.indices, indices)
        unknown = np.array([index == 0 for index in indices], bool)
        order = np.lexsort((-scores, unknown))  # stable; the last key is the first to count
        ranked = [RankedItem(candidates[place], float(scores[place])) for place in order]
        return ranked if count is None else ranked[:max(0, count)]

    def top_items(self, count: int, excluding: Collection[str] = ()) -> List[RankedItem]:
        """The best items of the whole catalogue, best first.

        Args:
            count: Maximum number of items of the result.
            excluding: Raw ids to leave out, for example ``history``.
        """
        with self._lock:
            self._weights.retire_when_past()
            vocabulary, items = self._weights.base.vocabulary, self._weights.base.manifest.items
            out = {vocabulary.index(name) for name in excluding}
            indices = [index for index in range(1, items + 1) if index not in out]
            scores = self._weights.base.device.scores(self._weights.samples.indices, indices)
            order = np.argsort(-scores, kind="stable")[:max(0, min(count, len(indices)))]
            return [RankedItem(vocabulary.name(indices[place]) or "", float(scores[place])) for place in order]

    def set_context(self, values: Mapping[str, InputValue]) -> None:
        """Has every ranking from now on read this of the user: values of the architecture's inputs beside history and candidate.

        It is kept in memory alone, until the next call or ``forget``, and never leaves the device.

        Args:
            values: By name of the input; what is not there is missing. Empty for nothing known.

        Raises:
            InvalidInput: A name is none of the model's inputs, what is given does not fit, or the model ranks no items. What was
                set before stays.
        """
        with self._lock:
            self._use_context(values)
            self._context = dict(values)

    def _use_context(self, values: Mapping[str, InputValue]) -> None:
        device = self._weights.base.device
        device.use_context(device.row(values) if values else None)

    # A model over vectors.

    def outputs(self, values: Vector) -> np.ndarray:
        """What the model makes of an input: logits of classes or values, in the order of ``output_names``; float32.

        Args:
            values: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row. Where the
                model has several inputs, what ``input`` makes of them.

        Raises:
            InvalidInput: The input has another size or is not finite, or the model ranks items.
        """
        with self._lock:
            self._weights.retire_when_past()
            return self._weights.base.device.outputs(values)

    def classify(self, values: Vector) -> List[ClassProbability]:
        """The classes of an input, the likeliest first; of equal ones in order of the model's outputs.

        Raises:
            InvalidInput: As ``outputs``, and where the model tells no classes.
        """
        with self._lock:
            outputs = self._weights.base.manifest.outputs
            if outputs is None or outputs.kind != CLASSIFICATION:
                raise InvalidInput(f"the model '{self._weights.base.manifest.name}' tells no classes: it "
                                   + ("ranks items; ask it to rank" if outputs is None else "predicts values; ask for outputs"))
            logits = self.outputs(values)
        with np.errstate(all="ignore"):
            powers = np.exp(logits - logits.max())
            shares = powers / powers.sum()
        if not np.isfinite(shares).all():
            shares = np.full(len(logits), 1 / len(logits), np.float32)
        return [ClassProbability(outputs.names[place], float(shares[place])) for place in np.argsort(-shares, kind="stable")]

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

    def input(self, values: Mapping[str, InputValue]) -> np.ndarray:
        """The input of a model that has several, from what is known of each, by name. What is not there is missing.

        Raises:
            InvalidInput: A name is none of the model's inputs, what is given does not fit, or the model ranks items.
        """
        with self._lock:
            return self._weights.base.device.row(values)

    @property
    def output_names(self) -> Sequence[str]:
        """Names of the classes or of the values that the model gives; empty where it ranks items."""
        outputs = self._weights.base.manifest.outputs
        return outputs.names if outputs else ()

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
                self._notices.append(error)
                return False
            event = Sample(str(uuid.uuid4()), text, self._clock.now())
            # Each in its turn: what the disk refuses stays in memory.
            with self._noticing():
                self._weights.compare(event)
            with self._noticing():
                self._weights.samples.append(event, self._weights.base)
            self._weights.retire_when_past()
            return True

    @property
    def history(self) -> List[str]:
        """Raw ids of the recorded samples, oldest first; empty where the model reads vectors."""
        with self._lock:
            samples = self._weights.samples.log.samples if self._weights.base.device.graph.ranks_items else []
            return [sample.item for sample in samples]

    def forget(self) -> None:
        """Removes all that tells of the user from this device: samples, personal weights, how they fared, the device's id
        and key. The base model ranks from now on; an answer that is on its way is not used.

        Raises:
            StorageFailed: A file could not be removed.
        """
        with self._lock:
            self._epoch += 1
            self._weights.forget()
            if self._context:
                self.set_context({})
            try:
                self._folder.forget()
            finally:
                self._service.forget_device()

    # State.

    @property
    def version(self) -> str:
        """The version of the model in use."""
        return self._weights.base.manifest.version

    def onnx(self) -> bytes:
        """The model of the version in use as ONNX, for a runtime of the program's own, where it was published with one: fetched with
        each call, and checked by the digest in the signed manifest.

        Raises:
            Unusable: The version has none.
            ClientError: No answer, an error of the service, or another file than the manifest's.
        """
        return self._source.onnx(self._weights.base.manifest)

    def dynamic_weights(self) -> Dict[str, np.ndarray]:
        """The tensors of the dynamic layers that answer now, by name: what the model as ONNX takes besides its input."""
        with self._lock:
            self._weights.retire_when_past()
            return self._weights.base.device.dynamic_weights

    @property
    def standing(self) -> Standing:
        """Which weights answer, whatever the network does."""
        with self._lock:
            return self._weights.standing

    @property
    def failure(self) -> Optional[ClientError]:
        """Why the last refresh failed, until one succeeds; None where it did not."""
        return self._failure

    def take_notices(self) -> List[Exception]:
        """What was found damaged, not recorded or could not be stored since the last call; the last 256."""
        with self._lock:
            notices = list(self._notices)
            self._notices.clear()
            return notices

    # Refreshing.

    def refresh(self) -> None:
        """Asks for new weights now, whatever the configuration says; waits first for a request that runs already.

        Without a sample that the model knows, or where weights were measured to help at no age, it looks for a new version
        of the model instead.

        Raises:
            ClientError: What was in use stays in use. ``RetryLater`` where the service asked to wait.
        """
        with self._asking:
            self._refresh()

    def refresh_if_due(self) -> bool:
        """Asks for new weights where ``Configuration`` says that it is time, no pause after a failure runs and no other thread
        asks. It raises nothing: call it after ``record``, or now and then from a thread of your own.

        Returns:
            Whether it asked and succeeded; ``failure`` says why it did not succeed.
        """
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
            self._failure = None
        except Forgotten:
            raise
        except ClientError as error:
            self._failure = error
            self._schedule.fail(error.wait if isinstance(error, Refused) else None, self._clock.uptime())
            raise

    def _is_due(self) -> bool:
        with self._lock:
            if not self._weights.samples.known(self._weights.base):
                return False
            if not self._weights.may_help:
                return self._schedule.is_version_due(self._clock.uptime())
            return self._weights.are_wanted

    def _ask(self) -> None:
        """Gets weights for the recent samples; where the version is gone, changes to the current one and asks again, once."""
        epoch, is_version_checked = self._epoch, self._check_version()
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
            self._notices.append(error)
        return True

    def _update_base(self) -> None:
        installation = f"{self._folder.identity.id()}/{self._weights.base.manifest.name}"
        self._schedule.note_version_check(self._clock.uptime(), self._configuration.version_interval, installation)
        notices: List[Exception] = []
        base = self._source.update(self._weights.base.manifest, notices)
        with self._lock:
            if base is not None:
                self._weights.take_up(base, notices)
                names = [source.name for _, source in base.device.graph.row_inputs]
                self._context = {name: value for name, value in self._context.items() if name in names}
                if self._context:
                    try:
                        self._use_context(self._context)
                    except InvalidInput as error:
                        notices.append(error)
            self._notices.extend(notices)

    def _question(self) -> "Optional[tuple[ParametersRequest, str]]":
        """The request to send, and the id of the last sample; None where no sample is known, or weights do not help."""
        with self._lock:
            known = self._weights.samples.known(self._weights.base)
            if not known or not self._weights.may_help:
                return None
            request = ParametersRequest(self.version, str(uuid.uuid4()), self._configuration.payload)
            if self._weights.base.device.graph.ranks_items and not self._configuration.sends_embeddings:
                request.samples = [self._weights.samples.log.samples[place].item for place in known]
            else:
                request.embeddings = [self._weights.samples.embedding(place, self._weights.base) for place in known]
            return request, self._weights.samples.log.samples[-1].id

    def _adopt(self, answer: Signed, request: ParametersRequest, last_sample: str, epoch: int) -> None:
        """Checks an answer, swaps its weights in and stores it."""
        stored = StoredParameters(request.version, request.nonce, answer.signature, self._clock.now(), last_sample,
                                  answer.body)
        with self._lock:
            if epoch != self._epoch:
                raise Forgotten
            self._weights.install(stored)
            with self._noticing():
                self._folder.keep_personal(stored)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except StorageFailed as error:
            self._notices.append(error)
