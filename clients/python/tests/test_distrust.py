"""Weights that must not be used: every forgery that the Swift SDK's tests refuse is refused here too."""
import base64
import dataclasses
import unittest
from hashlib import sha256

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from metanetwork_client import ClientError, InvalidInput, InvalidKey, Limits, PinnedKey, Refused, Trust, Untrusted, Unusable
from metanetwork_client.personal.base_model import BaseModel
from metanetwork_client.personal.parameters_check import check_parameters
from tests.support import Bundle, FakeService, encode, gestures, phone, problem, scores


def damaged(header, place, count=0):
    """A header with a changed byte of the signature, or of the path behind it, and with more or fewer bytes."""
    name, _, text = header.partition("=")
    raw = bytearray(base64.b64decode(text))
    raw[place] ^= 1
    raw = raw[:count] if count < 0 else raw + bytes(count)
    return f"{name}={base64.b64encode(bytes(raw)).decode('ascii')}"


def setting(**members):
    def change(answer):
        for name, value in members.items():
            setattr(answer, name, value)

    return change


def metadata(**strings):
    def change(answer):
        for key, value in strings.items():
            answer.metadata.pop(key)
            if value is not None:
                answer.metadata[key] = value

    return change


def tensor(name, values):
    def change(answer):
        answer.weights.pop(name, None)
        if values is not None:
            answer.weights[name] = np.array(values, np.float32)

    return change


MISFIT, FORM = "does not fit its bytes", "is not 'label:key-id=base64'"
FORGERIES = [
    ("has no header", setting(signature=lambda header: None)),
    (FORM, setting(signature=lambda header: "k1=*")),
    (FORM, setting(signature=lambda header: "nonsense")),
    (FORM, setting(signature=lambda header: "")),
    (FORM, setting(signature=lambda header: "=" + header.partition("=")[2])),
    (FORM, setting(signature=lambda header: "3:k1=")),
    (FORM, setting(signature=lambda header: header.replace("3:", "4:"))),
    (FORM, setting(signature=lambda header: header.replace("3:", "2:"))),
    (FORM, setting(signature=lambda header: header.replace("3:", "03:"))),
    (MISFIT, setting(signature=lambda header: header.replace("3:", ""))),
    ("'k2' is not pinned", setting(signature=lambda header: header.replace("k1=", "k2="))),
    (MISFIT, setting(subject="manifest")),
    (MISFIT, setting(tamper=lambda body: body[:-1] + bytes([body[-1] ^ 1]))),
    (MISFIT, setting(tamper=lambda body: body[:-1])),
    (MISFIT, setting(tamper=lambda body: b"")),
    (MISFIT, setting(signature=lambda header: damaged(header, 0))),
    (MISFIT, setting(signature=lambda header: damaged(header, 0, -60))),
    (MISFIT, setting(signature=lambda header: damaged(header, 0, 33))),
    (MISFIT, setting(signature=lambda header: damaged(header, 0, 33 * 33))),
    (MISFIT, setting(neighbours=[b"", b""], signature=lambda header: damaged(header, 64))),
    (MISFIT, setting(neighbours=[b"", b""], signature=lambda header: damaged(header, 96))),
    (MISFIT, setting(neighbours=[b"", b""], tamper=lambda body: b"")),
    ("cut short", setting(body=lambda body: body[:-1])),
    ("cut short", setting(body=lambda body: b"")),
    ("longer than", setting(body=lambda body: body + bytes(5 << 20))),
    ("metadata lack", metadata(nonce=None)),
    ("metadata lack", metadata(samples="many")),
    ("metadata lack", metadata(expires="9" * 30)),
    ("for the model 'songs'", metadata(model="songs")),
    ("for the version 1", metadata(version="1")),
    ("another request", metadata(nonce="somebody else's")),
    ("expire at", metadata(expires="1000000")),
    ("expire at", metadata(generated="-9223372036854775808")),
    ("no tensor 'hidden.bias'", tensor("hidden.bias", None)),
    ("not dynamic layers", tensor("items.embedding", [0])),
    ("has shape [16, 1]", tensor("user.weight", [[0]] * 16)),
    ("not a finite number", tensor("user.bias", [0, np.nan, 0, 0])),
    ("not a finite number", tensor("user.bias", [0, np.inf, 0, 0])),
    ("the bound is", tensor("user.bias", [1_000, 0, 0, 0])),
]


class DistrustTests(unittest.TestCase):
    def test_each_forgery_is_refused_with_its_reason_and_the_weights_before_stay(self):
        for place, (reason, change) in enumerate(FORGERIES):
            with self.subTest(f"{place}: {reason}"), phone() as device:
                model = device.open()
                model.record("film 5")
                model.refresh()
                before, standing = scores(model), model.standing
                device.service.forge = change
                with self.assertRaises(ClientError) as caught:
                    model.refresh()
                self.assertIn(reason, str(caught.exception))
                self.assertEqual((scores(model), model.standing), (before, standing))
                self.assertIs(model.failure, caught.exception)
                # Nor is it found on the disk later.
                device.service.go_offline()
                self.assertEqual(scores(device.open()), before)

    def test_one_that_was_signed_together_with_others_is_used(self):
        for label in (3, 2):
            for others in range(6):
                with self.subTest((label, others)), phone() as device:
                    device.service.label = label
                    device.service.forge = setting(neighbours=[b"answer %d" % number for number in range(others)])
                    model = device.open()
                    model.record("film 5")
                    model.refresh()
                    self.assertEqual(model.standing.kind, "personal")

    def test_a_path_has_32_steps_at_most_and_each_neighbour_stands_on_one_of_two_sides(self):
        service, body = FakeService(Bundle()), b"body"

        def check(steps, side):
            node = sha256(b"metanetwork/leaf/3\n" + body).digest()
            for _ in range(steps):
                node = sha256(b"metanetwork/node/3\n" + node + bytes(32)).digest()
            raw = service.key.sign(b"metanetwork/answer/3\n" + node) + (bytes([side]) + bytes(32)) * steps
            Trust(service.pinned).check(body, "3:k1=" + base64.b64encode(raw).decode("ascii"), "answer")

        for steps in (0, 1, 32):
            check(steps, 1)
        for steps, side in ((33, 1), (1, 0), (1, 2), (1, 255)):
            with self.subTest((steps, side)), self.assertRaises(Untrusted):
                check(steps, side)

    def test_labels_do_not_pass_for_one_another_neither_a_signature_nor_its_path(self):
        service, body = FakeService(Bundle()), b"body"
        trust = Trust(service.pinned)
        for label in (2, 3):
            for neighbours in ([], [b"a"]):
                header = service.sign(body, "parameters", neighbours, label)
                trust.check(body, header, "parameters")
                other = header.replace("3:", "") if label == 3 else "3:" + header
                with self.assertRaises(Untrusted):
                    trust.check(body, other, "parameters")

    def test_two_keys_may_be_pinned_while_the_server_changes_from_one_to_the_other(self):
        with phone() as device:
            other = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode("ascii")
            model = device.open(trust=Trust(PinnedKey("k0", other), device.service.pinned))
            model.record("film 5")
            model.refresh()
            self.assertEqual(model.standing.kind, "personal")
            # An app without the key no longer believes what that key signed.
            device.service.go_offline()
            for key_id in ("k0", "k1"):
                self.assertEqual(device.open(trust=Trust(PinnedKey(key_id, other))).standing.kind, "base")
        for key_id, key in (("short", "AAAA"), ("", other), ("k1", "no base64"), ("k1", "é")):
            with self.assertRaises(InvalidKey):
                PinnedKey(key_id, key)

    def test_without_signatures_only_what_unsigned_says_is_left_unchecked(self):
        with phone() as device:
            model = device.open(trust=Trust.unsigned())
            model.record("film 5")
            device.service.forge = setting(signature=lambda header: None)
            model.refresh()
            device.service.forge = metadata(nonce="another")
            with self.assertRaises(Unusable):
                model.refresh()
            with self.assertRaises(Untrusted):
                Trust().check(b"", "k1=AAAA", "parameters")

    def test_the_bound_on_the_norm_is_the_configurations(self):
        with phone() as device:
            strict = device.open(norm_bound=0.01)
            strict.record("film 5")
            with self.assertRaises(Unusable):
                strict.refresh()
            usual = device.open()
            usual.refresh()
            self.assertEqual(usual.standing.kind, "personal")

    def test_a_personal_vector_is_bounded_by_the_global_one_or_where_that_is_shorter_by_one_of_ones(self):
        def node(name, operation, *inputs, **settings):
            return {"name": name, "operation": operation, "inputs": list(inputs), **settings}

        architecture = {"name": "vectors", "output": "score", "nodes": [
            node("mean", "mean", "reading"), node("own", "personal", width=4), node("score", "add", "mean", "own")],
            "inputs": [{"name": "reading", "kind": "vectors", "length": 3, "width": 4}]}
        bundle = Bundle(architecture=architecture, names=["a", "b", "c", "d"])
        strings = {"model": "movies", "version": bundle.version, "nonce": "n", "samples": "1", "generated": "1", "expires": "2"}

        def reason(value, length):
            base = BaseModel(bundle.contents, "movies", Limits())
            base.device.global_weights["own.bias"][:] = length / 2  # four values of v have a norm of 2v
            body = encode({"own.bias": np.full(4, value, np.float32)}, strings)
            try:
                check_parameters(body, None, "n", base, Trust.unsigned(), 10, 1 << 16)
            except Unusable as error:
                return str(error)

        self.assertIsNone(reason(9.9, 0))
        self.assertIn("the norm of layer 'own' is 20.2, the bound is 20", reason(10.1, 0))
        self.assertIsNone(reason(29.9, 6))
        self.assertIn("the bound is 60", reason(30.1, 6))

    def test_a_cloud_answer_of_another_request_model_version_or_width_or_signed_as_something_else_is_not_believed(self):
        forgeries = [{"nonce": "another-nonce"}, {"model": "movies2"}, {"version": "older"}, {"outputs": [1]},
                     {"outputs": [1, "2"]}, {"outputs": [1, 1e300]}, {"outputs": [1, True]}, {"outputs": None}, {"model": 1}]
        with phone(Bundle(architecture=gestures())) as device:
            model = device.open()
            self.assertEqual(model.ask_cloud([1, 2, 3]).tolist(), [-5, 5])
            self.assertEqual(device.service.questions[-1]["input"], [1, 2, 3])
            for members in forgeries:
                device.service.forge_answer = lambda answer: answer.update(members)
                with self.subTest(str(members)), self.assertRaises(Unusable):
                    model.ask_cloud([1, 2])
            device.service.forge_answer = lambda answer: None
            for subject in ("parameters", "manifest"):
                device.service.answer_subject = subject
                with self.assertRaises(Untrusted):
                    model.ask_cloud([1, 2])
            for bad in ([np.nan], [np.inf]):
                with self.assertRaises(InvalidInput):
                    model.ask_cloud(bad)
            device.service.interrupt = lambda request: problem(404, "there is no larger model")
            with self.assertRaises(Refused):
                model.ask_cloud([1, 2])
        with phone() as device, self.assertRaises(InvalidInput):
            device.open().ask_cloud([1, 2])

    def test_no_damage_of_an_answer_raises_anything_but_a_client_error_or_is_used(self):
        random, bundle = np.random.default_rng(6), Bundle()
        base = BaseModel(bundle.contents, "movies", Limits())
        strings = {"model": "movies", "version": bundle.version, "nonce": "n", "samples": "1", "generated": "1", "expires": "2"}
        body, service = encode(bundle.personal(1), strings), FakeService(bundle)
        header, trust = service.sign(body, "parameters", [b"a", b"b"]), Trust(service.pinned)
        check_parameters(body, header, "n", base, trust, 10, 1 << 16)
        for number in range(2_000):
            damage, text = bytearray(body), bytearray(header.encode("ascii"))
            part = damage if number % 2 else text
            part[random.integers(0, len(part))] ^= 1 << int(random.integers(0, 7))
            with self.assertRaises(ClientError):
                check_parameters(bytes(damage), text.decode("latin-1"), "n", base, trust, 10, 1 << 16)
            try:
                check_parameters(bytes(damage), None, "n", base, Trust.unsigned(), 10, 1 << 16)
            except ClientError:
                pass

    def test_an_answer_is_for_the_version_that_was_asked_whatever_the_limits(self):
        with phone() as device:
            limits = dataclasses.replace(Limits(), parameters_bytes=100)
            model = device.open(limits=limits)
            model.record("film 5")
            with self.assertRaises(ClientError):
                model.refresh()
            self.assertEqual(model.standing.kind, "base")


if __name__ == "__main__":
    unittest.main()
