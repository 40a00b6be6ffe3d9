"""What each device of the benchmark does: a module of its own, so that Ray's processes import it and keep a device's examples.

The model is the convolutional network of PyTorch's tutorial on CIFAR-10 (62,006 weights), the data are random, and a step is plain SGD.
"""

import functools

import numpy
import torch
from torch import nn

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
def examples(client, count):
    random = numpy.random.default_rng(client)
    images = random.random((count, 3, 32, 32), dtype=numpy.float32)
    return torch.from_numpy(images), torch.from_numpy(random.integers(0, 10, count))


def train(net, images, labels, epochs, batch):
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    for _ in range(epochs):
        order = torch.randperm(len(labels))
        for some in order.split(batch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[some]), labels[some]).backward()
            optimizer.step()
