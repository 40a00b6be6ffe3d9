"""Learning without gathering data in Flower, pfl-research and a bare loop of PyTorch: local steps a second.

Usage: federated_peers.py FRAMEWORK CLIENTS EXAMPLES EPOCHS BATCH ROUNDS THREADS

All clients take part in every round. A round before those that are timed starts processes and caches.
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAY_DEDUP_LOGS", "0")

import torch
from federated_steps import RATE, Net, examples, train
from torch import nn

CLIENTS, EXAMPLES, EPOCHS, BATCH, ROUNDS, THREADS = map(int, sys.argv[2:8])
STEPS = CLIENTS * EPOCHS * -(-EXAMPLES // BATCH)


def bare():
    """All steps one after the other on one thread: no rounds, no models that come and go."""
    torch.set_num_threads(1)
    net, (images, labels) = Net(), examples(0, EXAMPLES)
    train(net, images, labels, EPOCHS, BATCH)
    start = time.perf_counter()
    for _ in range(CLIENTS * ROUNDS):
        train(net, images, labels, EPOCHS, BATCH)
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
            train(net, *examples(self.number, EXAMPLES), EPOCHS, BATCH)
            return [value.numpy() for value in net.state_dict().values()], EXAMPLES, {}

    ends = []

    class Timed(FedAvg):
        def aggregate_fit(self, server_round, results, failures):
            # Flower goes on without a device that failed, and a round in which all fail is a fast one.
            if failures or len(results) != CLIENTS:
                sys.exit(f"round {server_round}: {len(results)} of {CLIENTS} devices have learned: {failures[:1]}")
            result = super().aggregate_fit(server_round, results, failures)
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
        make_dataset_fn=lambda client: PyTorchTensorDataset(examples(client, EXAMPLES)),
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
