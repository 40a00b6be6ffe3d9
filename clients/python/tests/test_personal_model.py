"""Opening, recording, ranking and refreshing, with a network and without one."""
import json
import re
import tempfile
import threading
import unittest
from hashlib import sha256

import numpy as np

from metanetwork_client import (AppKey, BackOff, ClientError, Configuration, InsecureServer, InvalidInput, InvalidModelName,
                                InvalidSample, Limits, NoModel, PersonalModel, Refused, Response, RetryLater, Trust, Unreachable,
                                Untrusted, Unusable, gap, hour, weekday)
from metanetwork_client.personal.refresh_schedule import RefreshSchedule
from metanetwork_client.service.exchange import retry_after
from metanetwork_client.wire.capability import rounded
from metanetwork_client.wire.messages import REQUEST_BYTES, ParametersRequest
from metanetwork_client.wire.signature import CLIENT
from tests.support import ITEMS, MODEL, Bundle, gestures, in_context, phone, problem, scores


def asks_for_manifest(request):
    return request.url.endswith(f"/models/{MODEL}")


class OpeningTests(unittest.TestCase):
    def test_the_first_launch_fetches_the_model_and_later_ones_need_no_network(self):
        with phone() as device:
            first = scores(device.open())
            self.assertEqual(len(first), ITEMS)
            device.service.go_offline()
            self.assertEqual(scores(device.open()), first)
            self.assertEqual(device.service.count("/device"), 1)

    def test_a_bundle_in_the_app_works_offline_from_the_first_launch_and_is_not_written_to(self):
        with phone() as device:
            device.service.go_offline()
            app = device.bundle.write(device.folder / "app")
            self.assertEqual(len(device.open(bundle=app).rank(["film 1"])), 1)
            self.assertEqual(device.service.requests, [])
            self.assertEqual(len(list(app.iterdir())), 3)

    def test_without_a_bundle_and_a_network_there_is_a_clear_error(self):
        with phone() as device:
            device.service.go_offline()
            with self.assertRaises(NoModel) as caught:
                device.open()
            self.assertIn("no network", str(caught.exception))

    def test_a_damaged_version_is_set_aside_told_of_and_fetched_again(self):
        for name in ("device.safetensors", "vocabulary.tsv", "manifest.json"):
            with self.subTest(name), phone() as device:
                before = scores(device.open())
                (file,) = device.model_folder.glob(f"bases/*/{name}")
                data = bytearray(file.read_bytes())
                data[len(data) // 2] ^= 1
                file.write_bytes(bytes(data))
                model = device.open()
                self.assertEqual(scores(model), before)
                self.assertEqual(device.service.count("/device"), 2)
                self.assertEqual(len(model.take_notices()), 1)

    def test_what_is_not_the_manifests_is_refused_other_bytes_another_model_another_signer_and_redirects(self):
        bundle = Bundle()
        cases = [
            ("/device", Response(200, {}, bundle.files["device.safetensors"][:-1])),
            ("/device", Response(200, {}, bundle.files["device.safetensors"] + b"\0")),
            ("/device", Response(200, {}, bytes(len(bundle.files["device.safetensors"])))),
            ("/vocabulary", Response(200, {}, b"a\t1\n")),
            (f"/{MODEL}", Response(200, {}, bundle.body)), (f"/{MODEL}", Response(200, {}, bytes(2 << 20))),
            (f"/{MODEL}", Response(301, {"Location": "https://a.b"})), (f"/{MODEL}", Response(304)),
        ]
        for ending, answer in cases:
            with self.subTest((ending, answer.status)), phone(bundle) as device:
                device.service.interrupt = lambda request: answer if request.url.endswith(ending) else None
                with self.assertRaises(NoModel):
                    device.open()
        with phone(Bundle(change=lambda manifest: manifest.update(name="songs"))) as device, self.assertRaises(NoModel):
            device.open()

    def test_a_version_may_have_its_model_as_onnx_which_is_checked_by_its_digest(self):
        onnx = b"a model for another runtime"

        def listed(manifest):
            manifest["files"]["model.onnx"] = {"bytes": len(onnx), "sha256": sha256(onnx).hexdigest(), "role": "onnx"}

        with phone(Bundle(change=listed)) as device:
            device.bundle.files["model.onnx"] = onnx
            model = device.open()
            self.assertEqual(model.onnx(), onnx)
            self.assertEqual(set(model.dynamic_weights()), set(device.bundle.personal(1)))
            for wrong in (onnx[:-1], onnx[:-1] + b"L", b""):
                device.bundle.files["model.onnx"] = wrong
                with self.assertRaises(Untrusted):
                    model.onnx()
            device.bundle.files["model.onnx"] = onnx + b"!"
            with self.assertRaises(Unusable):
                model.onnx()
        with phone() as device, self.assertRaises(Unusable) as caught:
            device.open().onnx()
        self.assertIn("--onnx", str(caught.exception))

    def test_names_that_could_leave_the_folder_and_plain_http_are_refused(self):
        def opened(server, model="m", trust=Trust(), credentials=None):
            return PersonalModel(server, model, tempfile.gettempdir(), Configuration(trust, credentials))

        for name in ("", "..", ".hidden", "a/b", "a b", "é", "a" * 65, "a\n"):
            with self.assertRaises(InvalidModelName):
                opened("https://a.b", name)
        for server, trust, credentials in (("http://a.b", Trust(), None), ("http://a.b", Trust.unsigned(), AppKey("k")),
                                           ("ftp://a.b", Trust(), None), ("a.b", Trust(), None), ("https://", Trust(), None),
                                           ("http://a.b", Trust.unsigned(), lambda: "t"), ("http://[", Trust(), None)):
            with self.subTest(server), self.assertRaises(InsecureServer):
                opened(server, trust=trust, credentials=credentials)

    def test_a_version_that_changes_one_file_costs_that_file_and_the_manifest(self):
        first = Bundle(architecture=gestures())
        with phone(first) as device:
            model = device.open()
            device.service.bundle = Bundle(architecture=gestures(), prompt=np.ones((3, 2), np.float32))
            before = model.outputs([0] * 6)
            model.refresh()
            self.assertEqual((device.service.count("/device"), device.service.count("/prompt")), (1, 1))
            self.assertFalse(np.allclose(model.outputs([0] * 6), before))
            np.testing.assert_array_equal(model.outputs([-1] * 6), before)

    def test_a_prompt_of_another_shape_is_told_of_and_the_device_goes_on_without_it(self):
        with phone(Bundle(architecture=gestures(), prompt=np.ones((2, 3), np.float32))) as device:
            model = device.open()
            self.assertEqual(len(model.outputs([0] * 6)), 2)
            self.assertIsInstance(model.take_notices()[0], Unusable)


class RankingTests(unittest.TestCase):
    def test_what_is_known_of_the_user_counts_until_it_is_forgotten_for_another_version_too_and_is_never_sent(self):
        first = Bundle(architecture=in_context(), ids=["a", "b", "c"])
        with phone(first) as device:
            model = device.open()
            model.record("a")
            plain = scores(model)
            model.set_context({"age": [50]})
            known = scores(model)
            self.assertNotEqual(known, plain)
            with self.assertRaises(InvalidInput):
                model.set_context({"height": [1]})
            self.assertEqual(scores(model), known)
            device.service.bundle = Bundle(seed=2, architecture=in_context(), ids=["a", "b", "c"])
            model.refresh()
            renewed = scores(model)
            model.set_context({})
            self.assertNotEqual(scores(model), renewed)
            model.set_context({"age": [50]})
            self.assertEqual(scores(model), renewed)
            model.forget()
            model.record("a")
            self.assertNotEqual(scores(model), renewed)
            self.assertFalse(any(b"age" in (request.body or b"") for request in device.service.requests))
        with phone(Bundle(architecture=gestures())) as device, self.assertRaises(InvalidInput):
            device.open().set_context({"reading": [0] * 6})

    def test_what_belongs_to_a_moment_is_computed_as_in_training_from_when_the_latest_known_item_was_recorded(self):
        monday, hours = 4 * 86_400, 3_600  # 5 January 1970
        for found, expected in ((gap(monday, monday + hours), [0.6931472]), (gap(monday, monday + 29 * hours), [3.4011974]),
                                (gap(monday, monday - 5), [0]),
                                (gap(monday + 0.9, monday + hours), [0.6931472]), (hour(monday), [0, 1]), (hour(monday + 30 * hours), [1, 0]),
                                (hour(-6 * hours), [-1, 0]), (hour(monday + 0.99), hour(monday)), (weekday(monday + 0.99), weekday(monday)), (weekday(monday), [0, 1]),
                                (weekday(monday + 30 * hours), [0.9009689, 0.4338837])):
            np.testing.assert_allclose(found, expected, atol=1e-6)
        with phone(Bundle(architecture=in_context(), ids=["a", "b", "c"])) as device:
            model = device.open()
            self.assertIsNone(model.latest_time)
            model.record("a")
            latest = model.latest_time
            self.assertIsNotNone(latest)
            model.record("of a later version")
            self.assertEqual(model.latest_time, latest)
            self.assertEqual(model.latest_item, "a")
        with phone(Bundle(architecture=gestures())) as device:
            self.assertIsNone(device.open().latest_time)

    def test_unknown_ids_come_last_in_the_order_given_and_repeated_ones_keep_their_places(self):
        with phone() as device:
            model = device.open()
            ranked = model.rank(["zz", "film 1", "aa", "film 1", "film 2"])
            self.assertEqual([item.id for item in ranked[3:]], ["zz", "aa"])
            self.assertEqual([item.score for item in ranked[3:]], [-np.inf, -np.inf])
            self.assertEqual(sum(item.id == "film 1" for item in ranked), 2)
            self.assertEqual(model.rank([]), [])
            self.assertEqual(model.rank(["film 1"], -3), [])
            self.assertEqual(model.top_items(-1), [])
            self.assertEqual(len(model.top_items(99, excluding=["film 1", "zz"])), ITEMS - 1)
            self.assertEqual(model.rank([item.id for item in model.top_items(99)]), model.top_items(99))

    def test_samples_that_the_model_does_not_know_or_that_are_no_ids_change_no_ranking(self):
        with phone() as device:
            model = device.open()
            before = scores(model)
            self.assertTrue(model.record("a film of next year"))
            for bad in ("", "x" * 10_000, "\ud800", [1.0, 2.0]):
                self.assertFalse(model.record(bad))
                self.assertIsInstance(model.take_notices()[0], InvalidSample)
            self.assertEqual(model.history, ["a film of next year"])
            self.assertEqual(scores(model), before)
            with self.assertRaises(InvalidInput):
                model.outputs([1.0])
            with self.assertRaises(InvalidInput):
                model.classify([1.0])


class RefreshTests(unittest.TestCase):
    def test_weights_are_asked_for_with_the_last_known_samples_and_kept_over_a_restart(self):
        with phone() as device:
            model = device.open()
            for number in range(1, 9):
                model.record(f"film {number}")
                model.record("unknown")
            base = scores(model)
            model.refresh()
            self.assertEqual(device.service.questions[-1]["samples"], [f"film {number}" for number in range(3, 9)])
            self.assertEqual(device.service.questions[-1]["format"], "f16")
            self.assertEqual(model.standing, ("personal", (0, 0)))
            personal = scores(model)
            self.assertNotEqual(personal, base)
            device.service.go_offline()
            device.clock.advance(10)
            again = device.open()
            self.assertEqual(scores(again), personal)
            again.record("film 1")
            self.assertEqual(again.standing, ("personal", (1, 10)))

    def test_embeddings_leave_the_device_where_it_is_told_so(self):
        with phone() as device:
            model = device.open(sends_embeddings=True)
            model.record("film 5")
            model.refresh()
            (question,) = device.service.questions
            self.assertNotIn("samples", question)
            np.testing.assert_array_equal(np.float32(question["embeddings"]), device.bundle.weights["items.embedding"][[5]])

    def test_it_is_due_after_so_many_samples_once_an_interval_and_when_weights_expired(self):
        with phone() as device:
            device.service.lifetime = 1_000
            model = device.open()
            for number in range(1, 5):
                model.record(f"film {number}")
                self.assertFalse(model.refresh_if_due())
            model.record("film 5")
            self.assertTrue(model.refresh_if_due())
            for number in range(5):
                model.record("film 6")
            self.assertFalse(model.refresh_if_due())
            device.clock.advance(60)
            self.assertTrue(model.refresh_if_due())
            self.assertFalse(model.refresh_if_due())
            device.clock.advance(1_000)
            self.assertTrue(model.refresh_if_due())

    def test_after_a_failure_it_waits_and_goes_on_and_raises_nothing(self):
        with phone() as device:
            model = device.open(every_samples=1, least_interval=0)
            model.record("film 1")
            device.service.go_offline()
            self.assertFalse(model.refresh_if_due())
            self.assertIsInstance(model.failure, Unreachable)
            tried = len(device.service.requests)
            self.assertFalse(model.refresh_if_due())
            self.assertEqual(len(device.service.requests), tried)
            device.service.interrupt = lambda request: None
            device.clock.advance(3)
            self.assertTrue(model.refresh_if_due())
            self.assertIsNone(model.failure)

    def test_a_transport_that_raises_what_it_likes_is_no_answer(self):
        with phone() as device:
            model = device.open()
            model.record("film 1")

            def fail(request):
                raise KeyError("of the app's own")

            device.service.interrupt = fail
            with self.assertRaises(Unreachable):
                model.refresh()

    def test_the_wait_that_the_service_asks_for_is_honoured_by_an_apps_own_wish_too(self):
        with phone() as device:
            model = device.open()
            model.record("film 1")
            device.service.interrupt = lambda request: Response(429, {"Retry-After": "120"},
                                                                problem(429, "too often").body)
            with self.assertRaises(Refused) as caught:
                model.refresh()
            self.assertEqual((caught.exception.status, caught.exception.wait), (429, 120))
            with self.assertRaises(RetryLater):
                model.refresh()
            device.clock.advance(121)
            device.service.interrupt = lambda request: None
            model.refresh()
        for text, now, expected in (("120", 0, 120), (" -5", 0, 0), ("99999999999", 0, 86_400), ("", 0, None), ("soon", 0, None),
                                    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_770, 7), ("1e9", 0, None), ("9" * 100, 0, None)):
            self.assertEqual(retry_after(text, now), expected, text)

    def test_installations_that_were_opened_together_look_for_new_versions_at_times_of_their_own(self):
        due = []
        for number in range(1_000):
            schedule = RefreshSchedule(BackOff())
            self.assertTrue(schedule.is_version_due(0))
            schedule.note_version_check(100, 600, f"device {number}")
            self.assertFalse(schedule.is_version_due(100 + 449))
            self.assertTrue(schedule.is_version_due(100 + 600))
            due.append(next(second for second in range(450, 601) if schedule.is_version_due(100 + second)))
        # 150 seconds in 15 parts: 67 installations each; 5 standard deviations are 40.
        parts = [sum(450 + 10 * part < second <= 460 + 10 * part for second in due) for part in range(15)]
        self.assertTrue(all(abs(count - 67) < 40 for count in parts), parts)
        again = RefreshSchedule(BackOff())
        again.note_version_check(100, 600, "device 1")
        self.assertTrue(again.is_version_due(100 + due[1]) and not again.is_version_due(100 + due[1] - 1))
        waits = [BackOff().delay(1, 100) for _ in range(200)]
        self.assertTrue(all(100 <= wait <= 125 for wait in waits) and len(set(waits)) > 100)

    def test_an_app_key_is_exchanged_for_a_token_of_this_device_and_a_refused_token_is_renewed_once(self):
        with phone() as device:
            service = device.service
            service.tokens = ["token 1"]
            model = device.open(credentials=AppKey("app key"))
            model.record("film 1")
            model.refresh()
            self.assertEqual(len(service.token_devices), 1)
            service.tokens = ["token 2"]
            model.refresh()
            self.assertEqual((len(service.token_devices), len(set(service.token_devices))), (2, 1))
            service.tokens = []
            with self.assertRaises(Refused) as caught:
                model.refresh()
            self.assertEqual(caught.exception.status, 401)
            self.assertEqual(len(service.token_devices), 3)
            self.assertTrue(all(request.headers["MetaNetwork-Accept"] == "3, 2" for request in service.requests))
            self.assertEqual({request.headers["MetaNetwork-Client"] for request in service.requests if not asks_for_manifest(request)},
                             {CLIENT})
            self.assertRegex(CLIENT, r"^python/\d+\.\d+\.\d+")

    def test_requests_for_a_manifest_and_no_others_tell_a_coarse_class_of_memory_unless_the_app_keeps_it(self):
        for tells_memory, pattern in ((True, "; memory=(0.25|0.5|1|2|4|8); formats=f32 f16 int8"), (False, "; formats=f32 f16 int8")):
            with phone() as device:
                model = device.open(tells_memory=tells_memory)
                model.record("film 1")
                model.refresh()
                said = {asks_for_manifest(request): request.headers["MetaNetwork-Client"] for request in device.service.requests}
                self.assertRegex(said[True], f"^{re.escape(CLIENT)}{pattern}$")
                self.assertEqual(said[False], CLIENT)

    def test_a_memory_is_rounded_as_the_w3cs_device_memory_is(self):
        gib = 1 << 30
        for memory, told in ((1, 0.25), (0.3 * gib, 0.25), (0.74 * gib, 0.5), (0.76 * gib, 1), (3 * gib, 2), (3.7 * gib, 4),
                             (6.1 * gib, 8), (512 * gib, 8)):
            self.assertEqual(rounded(int(memory)), told, memory)

    def test_a_token_may_come_from_the_apps_own_server(self):
        def fail():
            raise ValueError("no token today")

        with phone() as device:
            device.service.tokens = ["mine"]
            model = device.open(credentials=lambda: "mine")
            model.record("film 1")
            model.refresh()
            other = device.open(credentials=fail)
            with self.assertRaises(ClientError):
                other.refresh()

    def test_where_the_version_is_gone_the_model_changes_to_the_current_one_and_asks_again(self):
        with phone() as device:
            model = device.open()
            model.record("film 5")
            model.refresh()
            device.service.bundle = Bundle(seed=2)
            model.refresh()
            self.assertEqual((model.version, model.standing.kind), (device.service.bundle.version, "personal"))
            self.assertEqual(len(list(device.model_folder.glob("bases/*/manifest.json"))), 2)
            device.service.interrupt = lambda request: problem(409, "gone") if request.url.endswith("/parameters") else None
            before = device.service.count("/parameters")
            with self.assertRaises(Refused):
                model.refresh()
            self.assertEqual(device.service.count("/parameters"), before + 2)
            self.assertEqual(len(model.rank(["film 1"])), 1)

    def test_a_download_that_is_cut_short_or_wrong_leaves_the_version_in_use(self):
        for damage in (lambda data: data[:-1], lambda data: bytes(len(data))):
            with phone() as device:
                model = device.open()
                model.record("film 1")
                model.refresh()
                before, following = scores(model), Bundle(seed=2)
                device.service.bundle = following
                device.service.interrupt = lambda request: Response(200, {}, damage(following.files["device.safetensors"])) \
                    if request.url.endswith("/device") else None
                with self.assertRaises(ClientError):
                    model.refresh()
                self.assertEqual(scores(model), before)
                device.service.go_offline()
                self.assertEqual(scores(device.open()), before)

    def test_forgetting_leaves_nothing_of_the_user_and_an_answer_on_its_way_is_not_used(self):
        with phone() as device:
            device.service.tokens = ["token 1", "token 2"]
            model = device.open(credentials=AppKey("app key"))
            base = scores(model)
            model.record("film 1")

            def forget(request):
                if request.url.endswith("/parameters"):
                    model.forget()

            device.service.interrupt = forget
            with self.assertRaises(ClientError):
                model.refresh()
            self.assertEqual((model.standing.kind, model.history, scores(model)), ("base", [], base))
            names = sorted(path.name for path in device.model_folder.iterdir())
            self.assertEqual(names, ["bases", "current", "lock", "personal"])
            self.assertEqual(list((device.model_folder / "personal").iterdir()), [])
            device.service.interrupt = lambda request: None
            model.record("film 1")
            model.refresh()
            self.assertEqual(len(set(device.service.token_devices)), 2)

    def test_others_rank_while_one_asks(self):
        with phone() as device:
            model = device.open()
            model.record("film 1")
            asked, go_on = threading.Event(), threading.Event()

            def wait(request):
                if request.url.endswith("/parameters"):
                    asked.set()
                    go_on.wait(10)

            device.service.interrupt = wait
            thread = threading.Thread(target=model.refresh)
            thread.start()
            self.assertTrue(asked.wait(10))
            self.assertEqual(len(model.rank(["film 1", "film 2"])), 2)
            for _ in range(5):
                self.assertTrue(model.record("film 2"))
            self.assertFalse(model.refresh_if_due(), "another thread asks")
            go_on.set()
            thread.join(10)
            self.assertEqual(model.standing.age.samples, 5)

    def test_a_question_is_no_larger_than_a_service_reads(self):
        items = ParametersRequest("v", "12345678", "f16", [f'item/{number}/"é"' + "x" * 200 for number in range(10_000)])
        rows = [np.full(9_000, -1.1754944e-38, np.float32)] * 16
        vectors = ParametersRequest("v", "12345678", "f16", embeddings=rows)
        self.assertTrue(json.loads(items.body())["samples"][-1].startswith("item/9999/"))
        self.assertEqual(len(json.loads(vectors.body())["embeddings"]), 7)
        for request in (items, vectors):
            self.assertTrue(700_000 < len(request.body()) <= REQUEST_BYTES, len(request.body()))
        np.testing.assert_array_equal(np.float32(json.loads(vectors.body())["embeddings"][0]), rows[0])


class VectorTests(unittest.TestCase):
    def test_classes_have_names_and_probabilities_and_samples_are_sent_as_what_stands_for_them(self):
        with phone(Bundle(architecture=gestures())) as device:
            model = device.open()
            self.assertEqual(list(model.output_names), ["rest", "wave"])
            classes = model.classify([0.5] * 6)
            self.assertAlmostEqual(sum(one.probability for one in classes), 1, places=5)
            self.assertGreaterEqual(classes[0].probability, classes[1].probability)
            for _ in range(20):
                self.assertTrue(model.record([0.5] * 6))
            model.refresh()
            (question,) = device.service.questions
            self.assertEqual(len(question["embeddings"]), 6)
            np.testing.assert_array_equal(np.float32(question["embeddings"][0]), np.float32(model._weights.base.device.sample(
                [0.5] * 6)))
            self.assertEqual(len(model._weights.samples.log.samples) <= 18, True)
            self.assertEqual(model.history, [])
            personal = model.outputs([0.5] * 6).tolist()
            device.service.go_offline()
            self.assertEqual(device.open().outputs([0.5] * 6).tolist(), personal)

    def test_inputs_that_are_none_and_the_other_kind_of_sample_are_refused(self):
        with phone(Bundle(architecture=gestures())) as device:
            model = device.open(limits=Limits(vector_bytes=40))
            for bad in ([1.0] * 5, [np.nan] * 6, "film 1", [1.0] * 60, None, ["a"] * 6):
                self.assertFalse(model.record(bad))
            self.assertEqual(len(model.take_notices()), 6)
            self.assertEqual(model.top_items(5), [])
            self.assertEqual(model.rank(["a"])[0].score, -np.inf)


class BackOffTests(unittest.TestCase):
    def test_the_pauses_double_up_to_the_bound_less_up_to_a_half_and_are_no_shorter_than_the_service_asks(self):
        back_off = BackOff(first=2, limit=100)
        for failures in range(1, 200):
            longest = min(2.0 ** failures, 100)
            self.assertTrue(longest / 2 <= back_off.delay(failures, None) <= longest)
        self.assertTrue(50 <= back_off.delay(1, 50) <= 62.5)
        self.assertEqual(back_off.delay(1, 5_000), 100)


if __name__ == "__main__":
    unittest.main()
