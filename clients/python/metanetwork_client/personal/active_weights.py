"""Which weights answer: the base's, or personal ones, unless they retired or the guard holds them back."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, NamedTuple, Optional

from ..errors import ClientError, StorageFailed
from ..storage.folder import ModelFolder, StoredParameters
from ..storage.samples import Sample, SampleLog
from ..wire.fields import FieldError
from .base_model import BaseModel
from .configuration import EXPIRY, MEASURED, NEVER, Configuration
from .guard import QualityGuard, choice_loss, compared_items, stored_guard
from .parameters_check import check_parameters
from .samples import RecentSamples


class Age(NamedTuple):
    """How old personal weights are: samples recorded since those behind them, and seconds since they came."""

    samples: int
    seconds: int


class Standing(NamedTuple):
    """Which weights answer: ``base``, ``personal``, ``guarded`` (the base, as it foresees choices better) or ``retired``
    (the base, as the weights are too old); and the age of the personal weights, where there are any."""

    kind: str
    age: Optional[Age]


@dataclass
class _Active:
    """The personal weights that were last taken up. Times are by the monotonic clock, in seconds."""

    last_sample: Optional[str]
    lifetime: float
    age_when_loaded: float
    loaded: float
    is_retired: bool = False

    def age(self, uptime: float) -> float:
        return self.age_when_loaded + max(0.0, uptime - self.loaded)


class ActiveWeights:
    """The version in use, the samples that it reads, and the layers that answer. Whoever calls holds the model's lock.

    Attributes:
        base: The version in use.
        samples: What it makes of the recorded samples.

    Args:
        base: The version to begin with.
        folder: Where weights and the guard are kept.
        configuration: Trust, bounds, and when weights retire.
        notices: Receives what was found damaged.
    """

    def __init__(self, base: BaseModel, folder: ModelFolder, configuration: Configuration, notices: List[Exception]) -> None:
        self._folder, self._configuration, self._clock = folder, configuration, configuration.clock
        self.samples = RecentSamples(SampleLog(folder.root, configuration.limits, notices), configuration.limits)
        self.take_up(base, notices)

    def take_up(self, base: BaseModel, notices: List[Exception]) -> None:
        """Changes to a version of the model, and to the newest stored weights that fit it."""
        self.base = base
        self._active: Optional[_Active] = None
        notices += base.faults
        self.samples.read(base)
        self._guard = QualityGuard(base.manifest.version)
        if self._configuration.guards_quality:
            try:
                self._guard = stored_guard(self._folder.guard(), base.manifest.version)
            except (StorageFailed, FieldError) as error:
                notices.append(error)
        sets, damaged = self._folder.personal_sets()
        notices += [StorageFailed(f"personal weights {name} are damaged and were set aside") for name in damaged]
        for stored in sets:
            if stored.version != base.manifest.version:
                continue
            try:
                return self.install(stored)
            except ClientError as error:
                notices.append(error)

    def install(self, stored: StoredParameters) -> None:
        """Checks weights and swaps them in; where they are refused, those before stay."""
        configuration = self._configuration
        weights, metadata = check_parameters(
            stored.payload, stored.signature, stored.nonce, self.base, configuration.trust, configuration.norm_bound,
            configuration.limits.parameters_bytes)
        self.base.device.personalize(weights)
        # A clock that was set back since makes nothing younger than new.
        self._active = _Active(stored.last_sample, metadata.expires - metadata.generated,
                               max(0.0, self._clock.now() - stored.received), self._clock.uptime())
        self.base.device.use_personal(not self._guard.prefers_base)

    def compare(self, choice: Sample) -> None:
        """Has both sets of weights tell how much they expected a choice, and the better one rank from now on. Weights that are
        held back are compared too, for else they could never rank again; weights that retired are not."""
        self.retire_when_past()
        index = self.base.vocabulary.index(choice.item) if self.base.device.graph.ranks_items else 0
        if not self._configuration.guards_quality or not index or self._active is None or self._active.is_retired:
            return
        device, losses = self.base.device, {}
        compared = compared_items(index, self.base.manifest.items, self._guard.choices)
        for personal in (True, False):
            device.use_personal(personal)
            losses[personal] = choice_loss(device, self.samples.indices, compared)
        self._guard.add(losses[True], losses[False])
        device.use_personal(not self._guard.prefers_base)
        self._folder.keep_guard(self._guard.record())

    def retire_when_past(self) -> None:
        """Goes back to the base where the weights are past the age at which they retire: for good, as age only grows."""
        if self._active is not None and not self._active.is_retired and self._is_past(self._active):
            self._active.is_retired = True
            self.base.device.depersonalize()

    def _is_past(self, active: _Active) -> bool:
        rule, generator = self._configuration.retire_after, self.base.manifest.generator
        if active.is_retired:
            return True
        if rule == EXPIRY:
            return active.age(self._clock.uptime()) >= active.lifetime
        samples, seconds = rule.samples, rule.seconds
        if rule == MEASURED:
            samples, seconds = (generator.helps_samples, generator.helps_seconds) if generator else (None, None)
        if rule == NEVER:
            return False
        if seconds is not None and active.age(self._clock.uptime()) > seconds:
            return True
        place = self.samples.log.place(active.last_sample)
        # Where the samples behind the weights are no longer kept, the number counts as passed.
        return samples is not None and (place is None or len(self.samples.log.samples) - 1 - place > samples)

    def forget(self) -> None:
        """Goes back to the base, and forgets the samples; nothing is removed from the disk."""
        self.samples.clear()
        self._active, self._guard = None, QualityGuard(self.base.manifest.version)
        self.base.device.depersonalize()

    @property
    def standing(self) -> Standing:
        """Which weights answer."""
        active = self._active
        if active is None:
            return Standing("base", None)
        age = Age(self.samples.log.count_after(active.last_sample), int(active.age(self._clock.uptime())))
        if self._is_past(active):
            return Standing("retired", age)
        return Standing("guarded" if self._guard.prefers_base else "personal", age)

    @property
    def may_help(self) -> bool:
        """Whether weights of this version are worth asking for: not where they were measured to help at no age, and that
        decides."""
        generator = self.base.manifest.generator
        return self._configuration.retire_after != MEASURED or generator is None or not generator.never_helps

    @property
    def are_wanted(self) -> bool:
        """Whether new weights are wanted now: after so many samples, once an interval, and where the last ones expired."""
        active, configuration = self._active, self._configuration
        many = max(1, configuration.every_samples)
        if active is None:
            return self.samples.log.count_after(None) >= many
        age = active.age(self._clock.uptime())
        return age >= active.lifetime \
            or age >= configuration.least_interval and self.samples.log.count_after(active.last_sample) >= many
