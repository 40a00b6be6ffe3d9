"""A peer of `make bench`: the same model and loss in plain PyTorch, in the layout of the authors' code.

Every (history, candidate) pair is a row of its own: the history is encoded again for each of the five candidates, every
sample of it runs through torch.nn's transformer layer, and the weights of both dynamic layers are written out for each row.
The generator reads the device window's ten samples (ours reads fifty, which favours the peer).
"""
import sys
import time

import torch
from torch import nn

ITEMS, WIDTH, WINDOW, RANK, CANDIDATES = 1349, 32, 10, 16, 5


class Pairwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(ITEMS + 1, WIDTH, padding_idx=0)
        self.ages = nn.Embedding(WINDOW, WIDTH)
        self.samples = nn.Linear(WIDTH, WIDTH)
        self.encoder = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, dropout=0.0, batch_first=True)
        self.hidden, self.user = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.tower = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH))
        self.gru = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.block = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH))
        self.codes = nn.ModuleList(nn.Linear(WIDTH, RANK) for _ in range(2))
        self.weights = nn.ModuleList(nn.Linear(RANK, WIDTH * WIDTH) for _ in range(2))
        self.biases = nn.ModuleList(nn.Linear(RANK, WIDTH) for _ in range(2))

    def forward(self, history, candidate):  # [rows, window], [rows] -> two logits a row
        embedded = self.items(history)
        x = torch.tanh(self.samples(embedded + self.ages.weight))
        x = self.encoder(x)[:, -1]
        target = self.tower(self.items(candidate))
        general = self.user(torch.tanh(self.hidden(x)))
        z = self.block(self.gru(embedded)[1][0])
        personal = x
        for index, layer in enumerate((self.hidden, self.user)):
            code = self.codes[index](z)
            weight = layer.weight.T + self.weights[index](code).view(-1, WIDTH, WIDTH)
            bias = layer.bias + self.biases[index](code)
            personal = torch.bmm(personal[:, None], weight)[:, 0] + bias
            personal = torch.tanh(personal) if index == 0 else personal
        return (general * target).sum(-1), (personal * target).sum(-1)


def main():
    threads, batch, steps = (int(argument) for argument in sys.argv[1:4])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = Pairwise()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    loss_of = nn.BCEWithLogitsLoss()
    labels = torch.tensor([1.0, 0, 0, 0, 0]).repeat(batch)
    start = None
    for step in range(steps + 2):
        if step == 2:  # the first steps warm up
            start = time.perf_counter()
        history = torch.randint(1, ITEMS + 1, (batch, WINDOW)).repeat_interleave(CANDIDATES, 0)
        candidate = torch.randint(1, ITEMS + 1, (batch * CANDIDATES,))
        general, personal = model(history, candidate)
        loss = loss_of(general, labels) + loss_of(personal, labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
    print(batch * steps / (time.perf_counter() - start))


main()
