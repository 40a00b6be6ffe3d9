"""The interpreter agrees with PyTorch's own layers, of which two fixtures of the cloud's tests were made."""
import json
import unittest

import numpy as np

from metanetwork_client import InvalidInput, Unusable
from metanetwork_client.model.architecture import Architecture
from metanetwork_client.model.device_model import DeviceModel
from metanetwork_client.model.graph import Graph
from metanetwork_client.model.operations import OPERATIONS, ArchitectureError
from metanetwork_client.wire.fields import Fields
from tests.support import ROOT, in_context

FIXTURES = ROOT / "Cloud" / "Tests" / "MetaNetworkTrainingTests" / "Fixtures"
MEMORY = 1 << 28


def node(name, operation, *inputs, **settings):
    return {"name": name, "operation": operation, "inputs": list(inputs), **settings}


def model(description, weights, items=0):
    return DeviceModel(Graph(Architecture.read(Fields(description)), items), weights, MEMORY)


def tensor(stored):
    return np.array(stored["values"], np.float32).reshape(stored["shape"])


def ranking(name, width, window, nodes):
    inputs = [{"name": "history", "kind": "items", "length": window}, {"name": "candidate", "kind": "item"}]
    return {"name": name, "inputs": inputs, "nodes": nodes, "output": "score"}


def paper_rankers(width, window):
    """The device models of the paper, as docs/method.md describes them; DIN's head is narrower in the fixtures."""
    items = node("history items", "embedding", "history", table="items", width=width)
    head = [
        node("hidden", "dense", "encoded", units=width, activation="tanh", dynamic=True),
        node("user", "dense", "hidden", units=width, dynamic=True),
        node("target item", "embedding", "candidate", table="items", width=width),
        node("target inner", "dense", "target item", units=width, activation="tanh"),
        node("target", "dense", "target inner", units=width), node("score", "dot", "user", "target")]
    sasrec = [
        items, node("placed", "position", "history items"), node("samples", "dense", "placed", units=width, activation="tanh"),
        node("recent", "last", "samples"), node("attended", "attention", "recent", "samples", heads=4),
        node("attended sum", "add", "recent", "attended"), node("attended norm", "layerNorm", "attended sum"),
        node("inner", "dense", "attended norm", units=4 * width, activation="relu"), node("outer", "dense", "inner", units=width),
        node("encoded sum", "add", "attended norm", "outer"), node("encoded", "layerNorm", "encoded sum")]
    gru = [items, node("samples", "dense", "history items", units=width, activation="tanh"),
           node("states", "gru", "samples", units=width), node("encoded", "last", "states")]
    din = [
        items, node("target", "embedding", "candidate", table="items", width=width),
        node("interest", "attention", "target", "history items", heads=1), node("joined", "concatenate", "interest", "target"),
        node("first", "dense", "joined", units=12, activation="tanh", dynamic=True),
        node("second", "dense", "first", units=6, activation="tanh", dynamic=True),
        node("score", "dense", "second", units=1, dynamic=True)]
    return {name: ranking(name, width, window, nodes) for name, nodes in (
        ("sasrec-paper", sasrec + head), ("gru4rec-paper", gru + head), ("din-paper", din))}


class FixtureTests(unittest.TestCase):
    def test_models_over_vectors_windows_images_and_several_inputs_agree_with_pytorch(self):
        for case in json.loads((FIXTURES / "vectors.json").read_text())["cases"]:
            device = model(case["architecture"], {name: tensor(stored) for name, stored in case["device"].items()})
            for place, row in enumerate(case["inputs"]):
                with self.subTest((case["architecture"]["name"], place)):
                    row = [np.nan if value is None else value for value in row]
                    device.depersonalize()
                    np.testing.assert_allclose(device.outputs(row), case["global"][place], atol=1e-5, rtol=1e-5)
                    np.testing.assert_allclose(device.sample(row), case["samples"][place], atol=1e-5, rtol=1e-5)
                    device.personalize(self.personal(case, place, device))
                    np.testing.assert_allclose(device.outputs(row), case["personal"][place], atol=1e-5, rtol=1e-5)

    def personal(self, case, row, device):
        """The dynamic layers that the fixture generates for a row, written out."""
        weights = dict(device.global_weights)
        for name, made in case["generated"].items():
            code = tensor(made["code"])[row]
            for role in ("weight", "bias"):
                layer = f"{name}.{role}"
                weights[layer] = weights[layer] + (code @ tensor(made[f"{role}Decoder"])).reshape(weights[layer].shape)
        return weights

    def test_rankers_agree_with_pytorch(self):
        fixtures = json.loads((FIXTURES / "models.json").read_text())
        rankers = paper_rankers(fixtures["width"], fixtures["window"])
        for case in fixtures["cases"]:
            weights = {name: tensor(stored) for name, stored in case["device"].items()}
            device = model(rankers[case["model"]], weights, fixtures["items"])
            scores = [device.scores(history, candidates) for history, candidates in zip(case["histories"], case["candidates"])]
            np.testing.assert_allclose(np.concatenate(scores), case["logits"]["global"], atol=1e-5, rtol=1e-5)


class OperationTests(unittest.TestCase):
    def vectors(self, width, *nodes):
        return {"name": "m", "inputs": [{"name": "x", "kind": "vector", "width": width}], "nodes": list(nodes), "output": "y"}

    def test_a_normalization_has_the_epsilon_that_it_is_told_as_in_pytorch(self):
        weights = {"y.scale": np.array([1, 2, 3], np.float32), "y.bias": np.array([0, 0.5, 0], np.float32)}
        for settings, expected in (({}, [0.1603338, 2.7446737, -3.8480122]), ({"epsilon": 1e-4}, [0.1458650, 2.5421100, -3.5007598]),
                                   ({"epsilon": 1e-12}, [0.1622214, 2.7710998, -3.8933139])):
            device = model(self.vectors(3, node("y", "layerNorm", "x", **settings)), weights)
            np.testing.assert_allclose(device.outputs([0.01, 0.03, -0.02]), expected, atol=1e-5)
        for epsilon in (0, 2, -1e-5):
            with self.subTest(epsilon), self.assertRaises(ArchitectureError):
                model(self.vectors(3, node("y", "layerNorm", "x", epsilon=epsilon)), weights)

    def test_a_personal_vector_shifts_scales_and_joins(self):
        description = self.vectors(2, node("own", "personal", width=2), node("scaled", "multiply", "x", "own"),
                                   node("shifted", "add", "scaled", "own"), node("y", "concatenate", "shifted", "own"))
        device = model(description, {"own.bias": np.zeros(2, np.float32)})
        np.testing.assert_array_equal(device.outputs([3, 4]), [0, 0, 0, 0])
        device.personalize({"own.bias": np.array([10, -1], np.float32)})
        np.testing.assert_array_equal(device.outputs([3, 4]), [40, -5, 10, -1])

    def test_a_vector_goes_with_each_row_and_pixel(self):
        window = {"name": "m", "inputs": [{"name": "x", "kind": "vectors", "length": 2, "width": 2}], "output": "y", "nodes": [
            node("own", "personal", width=2), node("scaled", "multiply", "x", "own"), node("y", "flatten", "scaled")]}
        image = {"name": "m", "inputs": [{"name": "x", "kind": "image", "channels": 2, "height": 1, "width": 2}], "output": "y",
                 "nodes": window["nodes"]}
        weights = {"own.bias": np.array([2, 3], np.float32)}
        np.testing.assert_array_equal(model(window, weights).outputs([1, 10, 100, 1000]), [2, 30, 200, 3000])
        # Fed in channel by channel, flattened pixel by pixel.
        np.testing.assert_array_equal(model(image, weights).outputs([1, 10, 100, 1000]), [2, 300, 20, 3000])

    def test_a_weighted_sum_counts_ages_from_the_most_recent_row_and_dropout_does_nothing(self):
        description = ranking("bag", 1, 3, [
            node("items", "embedding", "history", width=1), node("sum", "weightedSum", "items"),
            node("kept", "dropout", "sum", rate=0.5), node("target", "embedding", "candidate", width=1),
            node("score", "dot", "kept", "target")])
        table = np.array([[0], [1], [10], [100]], np.float32)
        device = model(description, {"items.embedding": table, "sum.weight": np.array([1, 2, 3], np.float32)}, 3)
        for history, expected in (([1, 2, 3], 100 + 20 + 3), ([2, 3], 100 + 20), ([3, 1, 2, 3], 100 + 20 + 3), ([], 0),
                                  ([9, -1, 2, 0], 10)):
            self.assertEqual(device.scores(history, [1, 2, 0, 4, 1]).tolist(),
                             [expected, 10 * expected, -np.inf, -np.inf, expected])

    def test_scores_are_never_nan_and_do_not_depend_on_how_many_are_asked_for_at_once(self):
        for description in paper_rankers(8, 5).values():
            graph, random = Graph(Architecture.read(Fields(description)), 9_000), np.random.default_rng(1)
            weights = {name: random.normal(size=parameter.shape).astype(np.float32) * np.float32(0.3)
                       for name, parameter in graph.parameters.items()}
            device = DeviceModel(graph, weights, MEMORY)
            whole = device.scores([5, 6], range(1, 9_001))
            for item in (1, 4_096, 4_097, 9_000):
                np.testing.assert_allclose(device.scores([5, 6], [item])[0], whole[item - 1], rtol=1e-5, atol=1e-5)
            device.personalize({name: np.full_like(values, 3e38) for name, values in device.global_weights.items()})
            self.assertFalse(np.isnan(device.scores([5, 6], range(1, 50))).any())

    def test_each_operation_is_tested_here(self):
        described = [case["architecture"] for case in json.loads((FIXTURES / "vectors.json").read_text())["cases"]]
        described += paper_rankers(8, 5).values()
        names = {one["operation"] for description in described for one in description["nodes"]}
        self.assertEqual(names | {"personal", "multiply", "weightedSum", "dropout"}, set(OPERATIONS))


class ContextTests(unittest.TestCase):
    """A ranker that reads an age and the weather; numbers are those of the SDK's own test."""

    WEIGHTS = {"items.embedding": [[0, 0], [1, 0], [0, 1], [1, 1]], "even.mean": [30], "even.scale": [0.1], "aged.weight": [[1, 0]],
               "aged.bias": [0, 0], "weathers.embedding": [[0, 0], [-5, 0], [0, 5]]}

    def setUp(self):
        weights = {name: np.array(values, np.float32) for name, values in self.WEIGHTS.items()}
        self.device = model(in_context(), weights, 3)

    def test_scores_go_by_it_and_what_is_missing_is_the_mean_where_it_is_standardized_else_zeros(self):
        for values, expected in (({}, [1, 0, 1]), ({"age": [50]}, [3, 0, 3]), ({"age": [50], "weather": "sun"}, [3, 5, 8]),
                                 ({"weather": "rain"}, [-4, 0, -4]), ({"weather": "snow"}, [1, 0, 1])):
            with self.subTest(str(values)):
                self.device.use_context(self.device.row(values))
                np.testing.assert_allclose(self.device.scores([1], [1, 2, 3]), expected, atol=1e-6)
        self.device.use_context(None)
        self.assertEqual(self.device.scores([1], [1, 2, 3]).tolist(), [1, 0, 1])

    def test_what_does_not_fit_is_refused_and_what_was_known_before_stays(self):
        self.device.use_context(self.device.row({"age": [50]}))
        for values in ({"height": [1]}, {"age": [1, 2]}, {"age": "old"}, {"weather": [1]}):
            with self.subTest(str(values)), self.assertRaises(InvalidInput):
                self.device.use_context(self.device.row(values))
        for row in ([1], [np.inf, 1], "x"):
            with self.subTest(str(row)), self.assertRaises(InvalidInput):
                self.device.use_context(row)
        with self.assertRaises(InvalidInput):
            self.device.outputs([50, 1])
        self.assertEqual(self.device.scores([1], [1, 2, 3]).tolist(), [3, 0, 3])

    def test_windows_and_images_stand_beside_no_items_and_each_input_is_read(self):
        for source in ({"name": "x", "kind": "vectors", "length": 2, "width": 2},
                       {"name": "x", "kind": "image", "height": 2, "width": 2, "channels": 1},
                       {"name": "x", "kind": "vector", "width": 1}):
            description = {**in_context(), "inputs": in_context()["inputs"] + [source]}
            with self.subTest(source["kind"]), self.assertRaises(ArchitectureError):
                Graph(Architecture.read(Fields(description)), 3)


class InputTests(unittest.TestCase):
    def setUp(self):
        case = json.loads((FIXTURES / "vectors.json").read_text())["cases"][-1]
        self.device = model(case["architecture"], {name: tensor(stored) for name, stored in case["device"].items()})

    def test_an_app_gives_inputs_by_name_and_leaves_out_what_it_does_not_know(self):
        row = self.device.row({"statistics": [1, 2, 3, 4], "question": "how"})
        self.assertEqual(row[:4].tolist(), [1, 2, 3, 4])
        self.assertEqual(row[-1], 2)
        self.assertTrue(np.isnan(row[4:-1]).all())
        self.assertEqual(self.device.row({"question": "why"})[-1], 0)
        self.assertTrue(np.isfinite(self.device.outputs(row)).all())

    def test_what_does_not_fit_is_refused(self):
        for values in ({}, {"colour": [1]}, {"statistics": [1]}, {"statistics": "which"}, {"question": [1]},
                       {"statistics": [1, 2, 3, np.inf]}):
            with self.subTest(str(values)), self.assertRaises(InvalidInput):
                self.device.outputs(self.device.row(values))
        count = self.device.graph.input_count
        for row in ([0.0] * (count - 1), [np.nan] * count, ["a"] * count, [np.inf] + [0.0] * (count - 1), [1e300] * count, None):
            with self.subTest(str(row)[:20]), self.assertRaises(InvalidInput):
                self.device.outputs(row)

    def test_a_prompt_is_added_to_every_input(self):
        description = {"name": "m", "inputs": [{"name": "x", "kind": "vector", "width": 2}], "output": "y",
                       "nodes": [node("y", "dense", "x", units=1)]}
        device = model(description, {"y.weight": np.ones((2, 1), np.float32), "y.bias": np.zeros(1, np.float32)})
        device.use_prompt(np.array([10, 20], np.float32))
        self.assertEqual(device.outputs([1, 2]).tolist(), [33])
        self.assertEqual(device.sample([1, 2]).tolist(), [11, 22])
        for prompt in ([1], [[1, 2]], [1, np.nan]):
            with self.assertRaises(Unusable):
                device.use_prompt(np.array(prompt, np.float32))
        with self.assertRaises(Unusable):
            self.device.use_prompt(np.zeros(2, np.float32))

    def test_a_model_that_takes_more_memory_than_the_limit_is_refused(self):
        description = {"name": "m", "inputs": [{"name": "x", "kind": "vector", "width": 2}], "output": "y",
                       "nodes": [node("y", "dense", "x", units=1000)]}
        weights = {"y.weight": np.ones((2, 1000), np.float32), "y.bias": np.zeros(1000, np.float32)}
        graph = Graph(Architecture.read(Fields(description)), 0)
        DeviceModel(graph, weights, 16_000)
        with self.assertRaises(Unusable):
            DeviceModel(graph, weights, 15_999)


if __name__ == "__main__":
    unittest.main()
