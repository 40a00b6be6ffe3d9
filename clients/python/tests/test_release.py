"""Models that cannot be forged: every statement of a publisher that the Swift SDK's tests refuse is refused here too."""
import base64
import unittest
from dataclasses import replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from metanetwork_client import NoModel, PinnedKey, SharedKey, StorageFailed, Trust, Untrusted
from metanetwork_client.wire.release import ReleaseCheck, ReleaseStatement
from tests.support import MODEL, Bundle, phone, scores

BEGINNING = "0" * 64


class Publisher:
    """Who signs versions, apart from the service."""

    def __init__(self, name="p1"):
        self.name, self._key = name, Ed25519PrivateKey.generate()

    @property
    def pinned(self):
        return PinnedKey(self.name, base64.b64encode(self._key.public_key().public_bytes_raw()).decode("ascii"))

    def statement(self, bundle, after=None, issued=1_000_000, expires=2_000_000, **changes):
        """A statement of a version, which follows another; the clock of a phone begins at 1,000,000."""
        statement = replace(ReleaseStatement(
            MODEL, bundle.version, sha256(bundle.body).hexdigest(), after.counter + 1 if after else 1, issued, expires,
            after.digest if after else BEGINNING, self.name, ""), **changes)
        return replace(statement, signature=base64.b64encode(self._key.sign(statement.message)).decode("ascii"))


def flipped(statement):
    raw = bytearray(base64.b64decode(statement.signature))
    raw[7] ^= 1
    return replace(statement, signature=base64.b64encode(bytes(raw)).decode("ascii"))


class Stage:
    """What a forger has to work with: the version, another one, the publisher, and the last statement that the device has taken."""

    def __init__(self, bundle, other, publisher, known):
        self.bundle, self.other, self.publisher, self.known = bundle, other, publisher, known

    def next(self, **changes):
        return self.publisher.statement(self.bundle, self.known, 1_100_000, **changes)


FORGERIES = [
    ("it has no header MetaNetwork-Release", lambda stage: None),
    ("is none", lambda stage: "version=1"),
    ("is none", lambda stage: stage.next().header + "; counter=9"),
    ("is none", lambda stage: stage.next(counter=(1 << 53) + 1).header),
    ("does not fit", lambda stage: flipped(stage.next()).header),
    ("does not fit", lambda stage: replace(stage.next(), expires=2_000_001).header),
    ("does not fit", lambda stage: replace(stage.next(), counter=9).header),
    ("'p9' is not pinned", lambda stage: Publisher("p9").statement(stage.bundle, stage.known).header),
    ("does not fit", lambda stage: Publisher("p1").statement(stage.bundle, stage.known).header),
    ("does not fit", lambda stage: stage.next(model="songs").header),
    ("does not fit", lambda stage: stage.publisher.statement(stage.other, stage.known).header),
    ("statement is of version", lambda stage: stage.next(version=stage.other.version).header),
    ("it is played again", lambda stage: stage.publisher.statement(stage.bundle).header),
    ("was used twice", lambda stage: stage.next(counter=stage.known.counter).header),
    ("the log forks", lambda stage: stage.next(previous="a" * 64).header),
    ("ended 1 hours ago", lambda stage: stage.publisher.statement(stage.bundle, stage.known, 1_000_000, 1_096_000).header),
    ("has to be signed anew", lambda stage: stage.next(expires=1_100_000).header),
    ("set this device's clock", lambda stage: stage.publisher.statement(stage.bundle, stage.known, 1_300_000).header),
]


class ReleaseTests(unittest.TestCase):
    def test_each_forged_statement_is_refused_with_another_version_and_where_nothing_changed(self):
        for reason, make in FORGERIES:
            for is_other in (False, True):
                with self.subTest(reason=reason, is_other=is_other), phone() as device:
                    publisher, fresh = Publisher(), Bundle(seed=2)
                    first = publisher.statement(device.bundle)
                    known = publisher.statement(device.bundle, first, 1_050_000)
                    trust = Trust(device.service.pinned, publishers=[publisher.pinned])
                    device.service.release = known.header
                    model = device.open(trust=trust)
                    device.clock.advance(100_000)
                    bundles = (fresh, device.bundle) if is_other else (device.bundle, fresh)
                    device.service.bundle, device.service.release = bundles[0], make(Stage(*bundles, publisher, known))
                    with self.assertRaises(Untrusted) as refused:
                        model._source.update(model._weights.base.manifest, [])
                    self.assertIn(reason, str(refused.exception))
                    # What was in use stays in use, at the next launch too.
                    device.service.go_offline()
                    self.assertEqual(device.open(trust=trust).version, device.bundle.version)

    def test_what_a_pinned_publisher_signed_is_used_offline_and_renewed_where_nothing_changed(self):
        with phone() as device:
            publisher = Publisher()
            trust = Trust(device.service.pinned, publishers=[publisher.pinned])
            first = publisher.statement(device.bundle)
            device.service.release = first.header
            model = device.open(trust=trust)
            second = publisher.statement(device.bundle, first, 1_000_500)
            device.service.release = second.header
            self.assertIsNone(model._source.update(model._weights.base.manifest, []))
            folder = model._source._folder
            self.assertEqual(folder.known_release(), second)
            device.service.go_offline()
            device.clock.advance(10_000_000)
            self.assertEqual(scores(device.open(trust=trust)), scores(model))
            # An app that dropped the key does not run what it signed; one that pins it again does.
            with self.assertRaises(NoModel):
                device.open(trust=Trust(device.service.pinned, publishers=[Publisher("p2").pinned]))
            self.assertEqual(device.open(trust=trust).version, device.bundle.version)
            (device.model_folder / "release").write_bytes(b"damaged")
            with self.assertRaises(StorageFailed):
                folder.known_release()
            self.assertIsNone(folder.known_release())

    def test_a_key_that_is_the_services_and_the_publishers_is_refused(self):
        with phone() as device:
            key = device.service.pinned
            same = PinnedKey("another name", base64.b64encode(key.raw).decode("ascii"))
            with self.assertRaises(SharedKey):
                Trust(key, publishers=[same])

    def test_a_publisher_goes_over_to_another_key_while_devices_pin_both(self):
        old, new, bundle = Publisher("old"), Publisher("new"), Bundle()
        check, digest = ReleaseCheck((old.pinned, new.pinned), MODEL), sha256(bundle.body).hexdigest()
        first = check.statement(old.statement(bundle).header, digest, None, 1_000_000)
        check.statement(new.statement(bundle, first).header, digest, first, 1_000_000)
        with self.assertRaises(Untrusted):
            ReleaseCheck((new.pinned,), MODEL).signed(first.header, digest)


if __name__ == "__main__":
    unittest.main()
