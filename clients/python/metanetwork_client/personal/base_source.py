"""Finds the version of the model to run: on disk, in the app, at the service."""
from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Dict, List, Optional

from ..bundle.manifest import MANIFEST, ONNX, Manifest, read_manifest
from ..errors import ClientError, NoModel, StorageFailed, Unreachable, Untrusted, Unusable
from ..service.cloud_service import CloudService, Unchanged
from ..service.download import fetch_file, fetch_into_memory
from ..storage.files import FolderBusy, alone, read, stored, write
from ..storage.folder import ModelFolder, read_bundle
from ..wire.release import ReleaseCheck, ReleaseStatement
from ..wire.signature import MANIFEST as MANIFEST_KIND
from .base_model import BaseModel
from .configuration import Configuration


class BaseSource:
    """Opens and updates a model.

    Args:
        model: Its name.
        folder: Where it is kept.
        service: Who has it.
        configuration: Trust, limits, and the app's own bundle.
    """

    def __init__(self, model: str, folder: ModelFolder, service: CloudService, configuration: Configuration) -> None:
        self._model, self._folder, self._service = model, folder, service
        self._trust, self._limits = configuration.trust, configuration.limits
        self._bundle, self._now = configuration.bundle, configuration.clock.now
        publishers = configuration.trust.publishers
        self._releases = ReleaseCheck(publishers, model) if publishers else None

    def open(self, notices: List[Exception]) -> BaseModel:
        """The version to begin with: what the service sent last, else what ships in the app, else what the service has.

        Args:
            notices: Receives what was found damaged.

        Raises:
            NoModel: There is none.
        """
        for digest in self._folder.bases():
            try:
                release = self._releases.signed(self._folder.release(digest), digest) if self._releases else None
            except Untrusted as error:
                # An app that pins its publisher's key again may run it.
                notices.append(error)
                continue
            try:
                base = BaseModel(self._folder.base(digest), self._model, self._limits)
                _check_version(release, base.manifest.version)
                return base
            except ClientError as error:
                self._folder.set_base_aside(digest)
                notices.append(error)
        if self._bundle is not None:
            try:
                return BaseModel(read_bundle(self._bundle, self._limits), self._model, self._limits)
            except ClientError as error:
                notices.append(error)
        try:
            fetched = self.update(None, notices)
        except ClientError as error:
            raise NoModel(str(error)) from error
        if fetched is None:
            raise NoModel("the service sent no manifest")
        return fetched

    def update(self, current: Optional[Manifest], notices: List[Exception]) -> Optional[BaseModel]:
        """Fetches the service's current version, and goes on where that was cut off before.

        Args:
            current: The manifest of the version in use.
            notices: Receives why the version could not be stored.

        Returns:
            None where the version in use is the current one.

        Raises:
            ClientError: There is no answer, or it is not to be used; what was in use stays in use.
        """
        answer = self._service.manifest(current.version if current else None)
        before = current.digest if current else None
        if isinstance(answer, Unchanged):
            if current is not None:
                self._keep_release(self._checked(answer.release, current.digest, notices), current, notices)
            self._folder.forget_fetched()
            return None
        release = self._checked(answer.release, sha256(answer.body).hexdigest(), notices)
        if self._releases is None:
            self._trust.check(answer.body, answer.signature, MANIFEST_KIND)
        manifest = read_manifest(answer.body, self._model, self._limits)
        _check_version(release, manifest.version)
        if manifest.digest == before:
            self._keep_release(release, manifest, notices)
            self._folder.forget_fetched()
            return None
        try:
            base = BaseModel(self._folder.base(manifest.digest), self._model, self._limits)
        except ClientError:
            return self._fetched(manifest, before, release, notices)
        self._keep(manifest, before, release, notices)
        return base

    def _checked(self, header: Optional[str], digest: str, notices: List[Exception]) -> Optional[ReleaseStatement]:
        """What the publisher says of a manifest, checked; None where the app pins no publisher."""
        if self._releases is None:
            return None
        known = None
        try:
            known = self._folder.known_release()
        except StorageFailed as error:
            notices.append(error)
        return self._releases.statement(header, digest, known, self._now())

    def _keep_release(self, release: Optional[ReleaseStatement], manifest: Manifest, notices: List[Exception]) -> None:
        """Writes down a statement of the version in use."""
        if release is None:
            return
        _check_version(release, manifest.version)
        try:
            self._folder.keep_release(release, manifest.digest)
        except StorageFailed as error:
            notices.append(error)

    def _fetched(self, manifest: Manifest, before: Optional[str], release: Optional[ReleaseStatement],
                 notices: List[Exception]) -> BaseModel:
        """The version of a manifest, fetched to the disk, or into memory where the disk will not take it."""
        try:
            contents = self._fetch(manifest)
        except FolderBusy:
            raise
        except StorageFailed as error:
            notices.append(error)
            files = {name: self._in_memory(manifest, name) for name in manifest.device_files()}
            return BaseModel({MANIFEST: manifest.body, **files}, self._model, self._limits)
        try:
            base = BaseModel(contents, self._model, self._limits)
        except Untrusted:
            # What this device cannot use need not be fetched again; what is damaged must be.
            self._folder.forget_fetched()
            raise
        self._keep(manifest, before, release, notices)
        return base

    def _keep(self, manifest: Manifest, before: Optional[str], release: Optional[ReleaseStatement],
              notices: List[Exception]) -> None:
        try:
            self._folder.keep_base(manifest.digest, manifest.body, before, release)
        except StorageFailed as error:
            notices.append(error)

    def _fetch(self, manifest: Manifest) -> Dict[str, bytes]:
        folder = self._folder.fetching(manifest.digest)
        with stored(), alone(folder.parent / "fetching.lock") as is_alone:
            if not is_alone:
                raise Unreachable("another process is fetching a version of this model; try again when it is done")
            contents = {MANIFEST: manifest.body}
            for name in manifest.device_files():
                entry, place = manifest.files[name], folder / name
                copy = self._copy(manifest, name) if not place.exists() else None
                if copy is not None:
                    write(place, copy)
                fetch_file(self._service, name, entry, manifest.version, folder)
                contents[name] = read(place, entry.bytes) or b""
            return contents

    def _in_memory(self, manifest: Manifest, name: str) -> bytes:
        copy = self._copy(manifest, name)
        if copy is not None:
            return copy
        return fetch_into_memory(self._service, name, manifest.files[name], manifest.version)

    def onnx(self, manifest: Manifest) -> bytes:
        """The model of a version as ONNX.

        Raises:
            Unusable: The version has none.
            ClientError: No answer, an error of the service, or another file than the manifest's.
        """
        entry = manifest.files.get(ONNX)
        if entry is None:
            raise Unusable("the version", f"it has no {ONNX}; publish it with --onnx")
        contents = fetch_into_memory(self._service, ONNX, entry, manifest.version)
        if len(contents) != entry.bytes or sha256(contents).hexdigest() != entry.sha256:
            raise Untrusted(ONNX, "its size or digest is not the manifest's")
        return contents

    def _copy(self, manifest: Manifest, name: str) -> Optional[bytes]:
        """A file of a version where another version, on the disk or in the app, has the same bytes; else None.

        So a version that changes one file costs the device that file and the manifest.
        """
        entry = manifest.files[name]
        for place in self._folder.copies(name, Path(self._bundle) if self._bundle is not None else None):
            try:
                data = read(place, entry.bytes)
            except StorageFailed:
                continue
            if data is not None and len(data) == entry.bytes and sha256(data).hexdigest() == entry.sha256:
                return data
        return None


def _check_version(release: Optional[ReleaseStatement], version: str) -> None:
    if release is not None and release.version != version:
        raise Untrusted("the manifest", f"its publisher's statement is of version {release.version}")
