"""What a device shows to get a token that only it gets: Tests/MetaNetworkClientTests/DeviceKeyTests.swift."""
import base64
import json
import tempfile
import threading
import unittest
import uuid
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from metanetwork_client import AppKey, Forgotten, PinnedKey, Refused, Response, StorageFailed, Unusable
from metanetwork_client.storage.files import locked, read_sealed, write_sealed
from metanetwork_client.storage.identity import DeviceIdentity
from metanetwork_client.wire.device_proof import DeviceKey
from tests.support import Exchange, phone, problem

# Private key, public key, message and signature of RFC 8032, section 7.1.
RFC = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]
# Those of the first key, as the clients in JavaScript and Java make them too.
ID = "FE6C98EF-B5C1-D2FA-FFD0-FEA4CDAC23C2"
SIGNATURE = "ov7HMLG9BYVfhLhXGK8uluYAbBlAFOMkeIrR5Fwh8q4bdkTffhcmYpLbHrZx6s3MYqfKWKKspLF4MC1FHTnuCg=="
APP = {"credentials": AppKey("app key")}


class DeviceKeyTests(unittest.TestCase):
    def test_the_id_follows_from_the_key_and_a_proof_is_what_others_make(self):
        for private, public, message, signature in RFC:
            key = DeviceKey(bytes.fromhex(private))
            raw = base64.b64encode(bytes.fromhex(public)).decode()
            self.assertEqual(key.proof("c", 1)["key"], raw)
            self.assertTrue(PinnedKey("rfc", raw).signed(bytes.fromhex(message), bytes.fromhex(signature)))
            self.assertEqual(key.device.replace("-", "").lower(),
                             sha256(b"metanetwork/device-id/1\n" + bytes.fromhex(public)).hexdigest()[:32])
        key = DeviceKey(bytes.fromhex(RFC[0][0]))
        self.assertEqual(key.device, ID)
        self.assertEqual(key.proof("a-challenge", 1735689301), {
            "key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "challenge": "a-challenge", "counter": 1735689301,
            "signature": SIGNATURE})

    def test_a_key_is_kept_as_32_bytes_in_base64_and_nothing_else_is_one(self):
        key = DeviceKey()
        self.assertEqual(DeviceKey.read(key.text).device, key.device)
        self.assertNotEqual(DeviceKey().device, key.device)
        for text in (b"", key.text[:-1], key.text + b"\n", base64.b64encode(bytes(31)), base64.b64encode(bytes(64)), b"\xff" * 44):
            self.assertIsNone(DeviceKey.read(text), text)


class IdentityTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.identity = DeviceIdentity(self.folder)

    def test_files_are_those_of_the_sdk(self):
        identity = self.identity
        device = identity.id()
        self.assertEqual(identity.next_proof(1_000), 1_000)
        self.assertEqual(device, DeviceKey.read(read_sealed(self.folder / "device.key", 44)).device)
        contents = {"device": device.encode(), "device.copy": device.encode(), "device.key": identity.key().text,
                    "device.counter": b"1000"}
        self.assertEqual({path.name for path in self.folder.iterdir()}, {*contents, "lock"})
        for name, data in contents.items():
            self.assertEqual((self.folder / name).read_bytes(), sha256(data).hexdigest().encode() + b"\n" + data, name)
            self.assertEqual((self.folder / name).stat().st_mode & 0o777, 0o600, name)
        # What the SDK stored is read.
        write_sealed(self.folder / "device.key", base64.b64encode(bytes.fromhex(RFC[0][0])))
        for name in ("device", "device.copy"):
            write_sealed(self.folder / name, ID.encode())
        self.assertEqual((identity.id(), identity.key().device), (ID, ID))

    def test_the_counter_grows_whatever_the_clock_says_and_whoever_counts(self):
        other = DeviceIdentity(self.folder)
        counters = [(self.identity, 1_000), (other, 1_000), (self.identity, 500), (other, 2_000), (self.identity, 0)]
        self.assertEqual([one.next_proof(now) for one, now in counters], [1_000, 1_001, 1_002, 2_000, 2_001])
        # One that is lost, damaged or nonsense goes on from the clock.
        for data in (None, b"damaged", sha256(b"many").hexdigest().encode() + b"\nmany"):
            place = self.folder / "device.counter"
            place.unlink() if data is None else place.write_bytes(data)
            self.assertEqual(self.identity.next_proof(3_000), 3_000)
        write_sealed(self.folder / "device.counter", str((1 << 63) - 1).encode())
        self.assertEqual(self.identity.next_proof(3_000), 3_000)

    def test_a_counter_that_cannot_be_kept_is_not_used(self):
        with locked(self.folder), self.assertRaises(StorageFailed):
            self.identity.next_proof(1_000)
        self.assertFalse((self.folder / "device.counter").exists())

    def test_a_key_of_another_id_is_none_and_one_copy_of_the_id_will_do(self):
        device = self.identity.id()
        (self.folder / "device").write_bytes(b"damaged")
        self.assertEqual((self.identity.kept(), self.identity.key().device, self.identity.id()), (device, device, device))
        self.assertEqual(read_sealed(self.folder / "device", 64), device.encode())
        write_sealed(self.folder / "device.key", DeviceKey().text)
        self.assertIsNone(self.identity.key())
        self.assertEqual(self.identity.id(), device)
        # Without its id the device is a new one.
        for name in ("device", "device.copy"):
            (self.folder / name).write_bytes(b"damaged")
        self.assertNotEqual(self.identity.id(), device)
        self.assertEqual(self.identity.id(), self.identity.key().device)

    def test_an_id_that_cannot_be_kept_has_no_key(self):
        identity = DeviceIdentity(self.folder / "missing")
        self.assertEqual((identity.id(), identity.kept(), identity.key()), (identity.id(), None, None))
        before = identity.id()
        identity.forget()
        self.assertNotEqual(identity.id(), before)

    def test_those_who_begin_at_once_are_one_device(self):
        identities, ids = [DeviceIdentity(self.folder) for _ in range(8)], []
        threads = [threading.Thread(target=lambda one=one: ids.append(one.id())) for one in identities]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(ids), {self.identity.key().device})

    def test_only_an_id_without_a_key_is_replaced(self):
        device = self.identity.id()
        self.identity.replace(device)
        self.identity.replace(str(uuid.uuid4()).upper())
        self.assertEqual(self.identity.id(), device)


class ProofTests(unittest.TestCase):
    def test_a_new_installation_shows_its_key_for_each_token_counting_on(self):
        with phone() as device:
            service = device.service
            service.gives_challenges = service.needs_proofs = True
            model = device.open(**APP)
            self.assertEqual(model.take_notices(), [])
            own = DeviceIdentity(device.model_folder).key().device
            first = service.proofs[0]
            message = (f"metanetwork/device/1\ndevice {own}\nchallenge {first['challenge']}\ncounter {first['counter']}\n").encode()
            Ed25519PublicKey.from_public_bytes(base64.b64decode(first["key"])).verify(base64.b64decode(first["signature"]), message)
            self.assertEqual((first["challenge"], first["counter"]), ("challenge 0", 1_000_000))
            # The token was refused, and the clock was set back meanwhile: the counter goes on, after a new start too.
            device.clock.wall = 500_000
            for opened in (model, device.open(**APP)):
                opened.record("film 4")
                service.tokens = []
                with self.assertRaises(Refused):
                    opened.refresh()
                service.tokens = None
            self.assertEqual(len({proof["challenge"] for proof in service.proofs}), len(service.proofs))
            self.assertEqual([proof["counter"] for proof in service.proofs], list(range(1_000_000, 1_000_000 + len(service.proofs))))
            self.assertEqual(set(service.token_devices), {own})

    def test_a_service_of_release_0_1_is_sent_the_id_alone(self):
        recorded = Exchange("release", "token")
        for status in (404, 405):
            with phone() as device:
                device.service.interrupt = lambda request, status=status: Response(status) \
                    if request.url.endswith("/v1/challenges") else None
                device.open(**APP)
                own = DeviceIdentity(device.model_folder).id()
                (request,) = [request for request in device.service.requests if request.url.endswith(recorded.request["path"])]
                self.assertEqual(json.loads(request.body), {**json.loads(recorded.sent), "device": own})
                self.assertEqual(device.service.proofs, [None])

    def test_what_a_recorded_service_answers_is_a_token(self):
        recorded = Exchange("release", "token")
        with phone() as device:
            device.service.interrupt = lambda request: recorded.response if request.url.endswith("/v1/tokens") else None
            device.open(**APP)
            token = json.loads(recorded.body)["token"]
            self.assertEqual(device.service.requests[-1].headers["Authorization"], f"Bearer {token}")

    def test_a_random_id_is_kept_until_the_service_asks_for_a_key(self):
        with phone() as device:
            service, old = device.service, str(uuid.uuid4()).upper()
            device.model_folder.mkdir()
            for name in ("device", "device.copy"):
                write_sealed(device.model_folder / name, old.encode())
            (device.model_folder / "shared").write_bytes(b"")
            service.gives_challenges = True
            device.open(**APP)
            self.assertEqual((service.token_devices, service.proofs), ([old], [None]))
            service.needs_proofs = True
            model = device.open(**APP)
            model.record("film 4")
            model.refresh()
            own = DeviceIdentity(device.model_folder).key().device
            self.assertEqual((service.token_devices, model.standing.kind), ([old, old, own], "personal"))
            self.assertIsNotNone(service.proofs[-1])
            # The SDK can have deleted what it shared under the id of before.
            self.assertEqual(read_sealed(device.model_folder / "former", 64), old.encode())
            model.forget()
            self.assertEqual([path.name for path in device.model_folder.iterdir() if "former" in path.name], [])

    def test_a_lost_or_damaged_key_is_told_of_and_costs_the_device_its_id_where_the_service_asks_for_one(self):
        for damage in (lambda key: key.write_bytes(b"damaged"), lambda key: write_sealed(key, b"sealed nonsense"),
                       lambda key: key.unlink()):
            with phone() as device:
                device.service.gives_challenges = True
                first = DeviceIdentity(device.model_folder)
                device.open(**APP)
                before, key = first.id(), device.model_folder / "device.key"
                (device.model_folder / "shared").write_bytes(b"")
                damage(key)
                model = device.open(**APP)
                told = [str(notice) for notice in model.take_notices()]
                self.assertEqual(["device.key is damaged" in text for text in told], [True] if key.exists() else [])
                model.record("film 4")
                model.refresh()
                self.assertEqual((first.id(), device.service.proofs[-1]), (before, None))
                device.service.needs_proofs = True
                model.refresh()
                self.assertNotEqual(first.id(), before)
                self.assertEqual(first.key().device, first.id())
                self.assertEqual(read_sealed(device.model_folder / "former", 64), before.encode())
                self.assertEqual(device.open(**APP).take_notices(), [])

    def test_a_device_is_replaced_where_the_service_says_so_alone_and_where_it_has_no_key(self):
        with phone() as device:
            model = device.open(**APP)
            model.record("film 4")
            identity, other = DeviceIdentity(device.model_folder), "urn:metanetwork:problem:device-denied"
            own = identity.id()
            # It has a key, which this service gives nothing to sign for.
            device.service.needs_proofs = True
            with self.assertRaises(Refused) as caught:
                model.refresh()
            self.assertEqual((caught.exception.status, caught.exception.word), (403, "device-unproven"))
            (device.model_folder / "device.key").unlink()
            device.service.needs_proofs = False
            for answer in (problem(403, "denied", type=other), problem(403, "a balancer", type="device-unproven"), Response(403)):
                device.service.interrupt = lambda request, answer=answer: answer if request.url.endswith("/parameters") else None
                device.clock.advance(10_000)
                with self.assertRaises(Refused):
                    model.refresh()
            self.assertEqual((identity.id(), len(device.service.token_devices)), (own, 1))

    def test_an_app_that_gives_its_own_tokens_is_no_device_to_replace(self):
        with phone() as device:
            unproven = problem(403, "no proof", type="urn:metanetwork:problem:device-unproven")
            model = device.open(credentials=lambda: "token of the app")
            model.record("film 4")
            device.service.interrupt = lambda request: unproven if request.url.endswith("/parameters") else None
            with self.assertRaises(Refused):
                model.refresh()
            self.assertEqual(device.service.count("/parameters"), 1)
            self.assertEqual(device.service.count("/tokens") + device.service.count("/challenges"), 0)

    def test_a_refused_proof_is_an_error_with_the_services_word_and_is_not_shown_again(self):
        with phone() as device:
            device.service.gives_challenges = True
            refused = problem(422, "the device's proof is none: the key did not sign this", field="proof.signature",
                              type="urn:metanetwork:problem:device-proof")
            model = device.open(**APP)
            model.record("film 4")
            device.service.tokens = []
            device.service.interrupt = lambda request: refused if request.url.endswith("/tokens") else None
            before = device.service.count("/tokens")
            with self.assertRaises(Refused) as caught:
                model.refresh()
            self.assertEqual((caught.exception.status, caught.exception.word), (422, "device-proof"))
            self.assertEqual(device.service.count("/tokens"), before + 1)

    def test_what_is_no_challenge_is_refused_and_no_token_is_asked_for(self):
        for body in (b"", b"{}", b"[]", b'{"challenge": 1, "expires": 2}', b'{"challenge": "c"}',
                     b'{"challenge": "\\ud800", "expires": 2}'):
            self.check_challenge(Response(200, {}, body), Unusable)
        self.check_challenge(problem(503, "later"), Refused)
        self.check_challenge(problem(401, "no such app key"), Refused)

    def check_challenge(self, answer, error):
        with phone() as device:
            device.service.interrupt = lambda request: answer if request.url.endswith("/challenges") else None
            with self.assertRaises(Exception) as caught:
                device.open(**APP)
            self.assertIsInstance(caught.exception.__cause__, error)
            self.assertEqual(device.service.count("/tokens"), 0)

    def test_forgetting_makes_another_device_and_a_request_on_its_way_gets_no_token_of_it(self):
        with phone() as device:
            device.service.gives_challenges = True
            model = device.open(**APP)
            before = DeviceIdentity(device.model_folder).id()
            model.record("film 4")

            def forget(request):
                if request.url.endswith("/parameters"):
                    model.forget()
                    return problem(401, "the token has ended")
                return None

            device.service.interrupt = forget
            with self.assertRaises(Forgotten):
                model.refresh()
            self.assertEqual(device.service.token_devices, [before])
            self.assertEqual([path.name for path in device.model_folder.glob("device*")], [])
            device.service.interrupt = lambda request: None
            model.record("film 4")
            model.refresh()
            self.assertEqual(device.service.token_devices[-1], DeviceIdentity(device.model_folder).key().device)
            self.assertNotEqual(device.service.token_devices[-1], before)


if __name__ == "__main__":
    unittest.main()
