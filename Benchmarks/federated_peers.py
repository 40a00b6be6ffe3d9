"""Learning without gathering data in Flower, pfl-research and a bare loop of PyTorch: local steps a second.

Usage: federated_peers.py FRAMEWORK CLIENTS EXAMPLES EPOCHS BATCH ROUNDS THREADS

The model is the convolutional network of PyTorch's tutorial on CIFAR-10 (62,006 weights), the data are random, all clients take part in every
round, and a step is plain SGD. A round before those that are timed starts processes and caches.
"""

import functools
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAY_DEDUP_LOGS", "0")

import numpy
import torch
from torch import nn

CLIENTS, EXAMPLES, EPOCHS, BATCH, ROUNDS, THREADS = map(int, sys.argv[2:8])
STEPS = CLIENTS * EPOCHS * -(-EXAMPLES // BATCH)
RATE = 0.01


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )

    def forward(self, images):
        return self.layers(images)


@functools.cache
def examples(client):
    random = numpy.random.default_rng(client)
    images = random.random((EXAMPLES, 3, 32, 32), dtype=numpy.float32)
    return torch.from_numpy(images), torch.from_numpy(random.integers(0, 10, EXAMPLES))


def train(net, images, labels):
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        order = torch.randperm(EXAMPLES)
        for first in range(0, EXAMPLES, BATCH):
            some = order[first : first + BATCH]
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[some]), labels[some]).backward()
            optimizer.step()


def bare():
    """All steps one after the other on one thread: no rounds, no models that come and go."""
    torch.set_num_threads(1)
    net, (images, labels) = Net(), examples(0)
    train(net, images, labels)
    start = time.perf_counter()
    for _ in range(CLIENTS * ROUNDS):
        train(net, images, labels)
    return time.perf_counter() - start


def flower():
    import flwr
    from flwr.client import NumPyClient
    from flwr.server import ServerConfig
    from flwr.server.strategy import FedAvg

    class Client(NumPyClient):
        def __init__(self, number):
            self.number = number

        def fit(self, parameters, config):
            torch.set_num_threads(1)
            net = Net()
            names = net.state_dict().keys()
            net.load_state_dict({name: torch.tensor(value) for name, value in zip(names, parameters)})
            train(net, *examples(self.number))
            return [value.numpy() for value in net.state_dict().values()], EXAMPLES, {}

    ends = []

    class Timed(FedAvg):
        def aggregate_fit(self, *arguments):
            result = super().aggregate_fit(*arguments)
            ends.append(time.perf_counter())
            return result

    strategy = Timed(
        fraction_fit=1, fraction_evaluate=0, min_fit_clients=CLIENTS, min_available_clients=CLIENTS,
        initial_parameters=flwr.common.ndarrays_to_parameters([value.numpy() for value in Net().state_dict().values()]),
    )
    flwr.simulation.start_simulation(
        client_fn=lambda context: Client(int(context.node_config["partition-id"])).to_client(),
        num_clients=CLIENTS,
        config=ServerConfig(num_rounds=ROUNDS + 1),
        strategy=strategy,
        client_resources={"num_cpus": 1, "num_gpus": 0},
        ray_init_args={"num_cpus": THREADS, "include_dashboard": False},
    )
    assert len(ends) == ROUNDS + 1, "every round was aggregated"
    return ends[-1] - ends[0]


def pfl():
    from pfl.aggregate.simulate import SimulatedBackend
    from pfl.algorithm.base import NNAlgorithmParams
    from pfl.algorithm.federated_averaging import FederatedAveraging
    from pfl.callback.base import TrainingProcessCallback
    from pfl.data import FederatedDataset, get_user_sampler
    from pfl.data.pytorch import PyTorchTensorDataset
    from pfl.hyperparam import NNTrainHyperParams
    from pfl.metrics import Weighted
    from pfl.model.pytorch import PyTorchModel

    torch.set_num_threads(THREADS)

    class Learned(Net):
        def loss(self, images, labels, eval=False):
            return nn.functional.cross_entropy(self(images), labels)

        @torch.no_grad()
        def metrics(self, images, labels, eval=False):
            return {"loss": Weighted(float(self.loss(images, labels)) * len(labels), len(labels))}

    ends = []

    class Timed(TrainingProcessCallback):
        def after_central_iteration(self, *arguments, **named):
            ends.append(time.perf_counter())
            return False, super().after_central_iteration(*arguments, **named)[1]

    data = FederatedDataset(
        make_dataset_fn=lambda client: PyTorchTensorDataset(examples(client)),
        user_sampler=get_user_sampler("minimize_reuse", list(range(CLIENTS))),
    )
    net = Learned()
    model = PyTorchModel(net, local_optimizer_create=torch.optim.SGD, central_optimizer=torch.optim.SGD(net.parameters(), 1.0))
    parameters = NNAlgorithmParams(
        central_num_iterations=ROUNDS + 1, evaluation_frequency=10**6, train_cohort_size=CLIENTS, val_cohort_size=0
    )
    FederatedAveraging().run(
        parameters, SimulatedBackend(training_data=data, val_data=None), model,
        NNTrainHyperParams(local_num_epochs=EPOCHS, local_learning_rate=RATE, local_batch_size=BATCH),
        callbacks=[Timed()],
    )
    assert len(ends) == ROUNDS + 1, "every round was done"
    return ends[-1] - ends[0]


seconds = {"bare": bare, "flower": flower, "pfl": pfl}[sys.argv[1]]()
print(f"steps/s {STEPS * ROUNDS / seconds:.1f}")
