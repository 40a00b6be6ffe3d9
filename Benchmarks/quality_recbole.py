"""A public SASRec on our data, split and measure: the peer of `Benchmarks/quality`.

The model is RecBole's (`recbole.model.sequential_recommender.SASRec`), with its published settings: two layers of two heads, width
64, GELU, dropout 0.5, layer norm 1e-12, weights drawn with 0.02, cross-entropy over the whole catalogue, Adam at 1e-3 without
clipping, ten epochs of patience. Only the batch is ours, 512 positions. What is ours besides is the protocol: ml-100k, 5-core, each
user's last tenth is test and the tenth before it validation, every position is an example whose history is the last ten items, and
a position's item is ranked among all items that its user had not met before, ties against it. The epoch of the best NDCG@10 on
validation is kept. With seed 1 and at most 16 epochs (a patience of four) that best was 0.0926 with these settings, 0.0909 with dropout
0.2, 0.0913 with width 32, dropout 0.2 and rate 3e-3, and 0.0895 with width 32, dropout 0.5 and rate 3e-3.

    quality_recbole.py [--threads N] [--dropout P] [--learning-rate R] [--batch N] [--width N] [--device D] LOG SEED...

LOG is ml-100k.inter. Prints one JSON object a seed.
"""
import argparse
import copy
import json
import time
from collections import Counter

import numpy as np
import torch
from recbole.model.layers import FeedForward
from recbole.model.sequential_recommender.sasrec import SASRec

# Another of RecBole's models turns this on where it is imported; it finds errors alone, and takes a fifth of the time.
torch.autograd.set_detect_anomaly(False)
# The same function by PyTorch's kernel: RecBole's formula takes five passes over the widest tensor.
FeedForward.gelu = staticmethod(torch.nn.functional.gelu)

K_CORE, WINDOW, DEPTH, EPOCHS, PATIENCE = 5, 10, 10, 100, 10
# Popularity's NDCG@10 and HR@10 by our tool (docs/results.md).
POPULARITY = (0.0306, 0.0622)


class Interactions:
    """A log, filtered, in order of time and split, as our tool does it: the item ids begin at 1, 0 is padding."""

    def __init__(self, path, device):
        with open(path) as file:
            next(file)
            log = [(user, item, float(moment)) for user, item, _, moment in (line.split("\t") for line in file)]
        kept = core(log)
        by_user, ids = {}, {}
        for user, item, moment in kept:
            by_user.setdefault(user, []).append((moment, ids.setdefault(item, len(ids) + 1)))
        self.item_count, self.interaction_count = len(ids), len(kept)
        # The sort is stable: equal times keep the order of the lines.
        self.users = [[item for _, item in sorted(user, key=lambda pair: pair[0])] for user in by_user.values()]
        # Where in the user's sequence an item is met first, [users, items + 1].
        self.first_met = np.full((len(self.users), self.item_count + 1), np.iinfo(np.int32).max, dtype=np.int32)
        for user, items in enumerate(self.users):
            for place in reversed(range(len(items))):
                self.first_met[user, items[place]] = place
        self.first_met = torch.from_numpy(self.first_met).to(device)
        parts = {"training": [], "validation": [], "test": []}
        for user, items in enumerate(self.users):
            held = max(1, len(items) // 10)
            ends = (1, len(items) - 2 * held, len(items) - held, len(items))
            for part, first, last in zip(parts.values(), ends, ends[1:]):
                part += ((user, place) for place in range(first, last))
        self.parts = {name: [column.to(device) for column in self.positions(part)] for name, part in parts.items()}

    def positions(self, places):
        """The columns of a part: history [positions, WINDOW] padded on the right, its length, target, user, place."""
        history = np.zeros((len(places), WINDOW), dtype=np.int64)
        columns = np.zeros((4, len(places)), dtype=np.int64)
        for row, (user, place) in enumerate(places):
            items = self.users[user][max(0, place - WINDOW):place]
            history[row, :len(items)] = items
            columns[:, row] = len(items), self.users[user][place], user, place
        return (torch.from_numpy(history), *torch.from_numpy(columns))

    def popularity(self):
        """How often each item is in the training part, [items + 1]."""
        counts = torch.zeros(self.item_count + 1)
        for items in self.users:
            counts += torch.bincount(torch.tensor(items[:len(items) - 2 * max(1, len(items) // 10)]), minlength=len(counts))
        return counts.to(self.first_met.device)


def core(log):
    """Drops users and items of fewer than K_CORE interactions until there is none."""
    while True:
        users, items = Counter(line[0] for line in log), Counter(line[1] for line in log)
        kept = [line for line in log if users[line[0]] >= K_CORE and items[line[1]] >= K_CORE]
        if len(kept) == len(log):
            return log
        log = kept


def measured(interactions, part, scores_of):
    """NDCG and HR at DEPTH over the positions of a part; `scores_of` takes histories and lengths, and scores all items."""
    gain, hits, positions = 0.0, 0, interactions.parts[part]
    for history, length, target, user, place in zip(*(column.split(1024) for column in positions)):
        scores = scores_of(history, length)
        own = scores.gather(1, target[:, None])
        others = interactions.first_met[user] >= place[:, None]
        others[:, 0] = False
        others.scatter_(1, target[:, None], False)
        # Not `>=`: a score that is NaN counts against the model too.
        ranks = 1 + (~(scores < own) & others).sum(1)
        ranks = ranks[ranks <= DEPTH]
        gain += (1 / torch.log2(ranks + 1.0)).sum().item()
        hits += len(ranks)
    return gain / len(positions[0]), hits / len(positions[0])


class Catalogue:
    """What RecBole's models ask of a dataset."""

    def __init__(self, item_count):
        self.item_count = item_count

    def num(self, field):
        return self.item_count + 1


def recbole_sasrec(item_count, width, dropout, device):
    """RecBole's SASRec with the settings of its properties/overall.yaml, dataset/sample.yaml and model/SASRec.yaml."""
    names = {"USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id", "NEG_PREFIX": "neg_", "LIST_SUFFIX": "_list",
             "ITEM_LIST_LENGTH_FIELD": "item_length", "MAX_ITEM_LIST_LENGTH": WINDOW, "device": device}
    sizes = {"n_layers": 2, "n_heads": 2, "hidden_size": width, "inner_size": 4 * width, "hidden_act": "gelu",
             "layer_norm_eps": 1e-12, "initializer_range": 0.02, "loss_type": "CE",
             "hidden_dropout_prob": dropout, "attn_dropout_prob": dropout}
    return SASRec(names | sizes, Catalogue(item_count)).to(device)


def trained(interactions, seed, options):
    """Trains until validation no longer improves, and measures the best epoch on test."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    model = recbole_sasrec(interactions.item_count, options.width, options.dropout, options.device)
    optimizer = torch.optim.Adam(model.parameters(), options.learning_rate)
    history, length, target, _, _ = interactions.parts["training"]

    def scores_of(history, length):
        with torch.no_grad():
            return model.full_sort_predict({model.ITEM_SEQ: history, model.ITEM_SEQ_LEN: length})

    best, best_epoch, weights, epoch = -1.0, 0, None, 0
    while epoch < EPOCHS and epoch - best_epoch < PATIENCE:
        epoch += 1
        model.train()
        for rows in torch.randperm(len(target), device=target.device).split(options.batch):
            batch = {model.ITEM_SEQ: history[rows], model.ITEM_SEQ_LEN: length[rows], model.POS_ITEM_ID: target[rows]}
            optimizer.zero_grad()
            model.calculate_loss(batch).backward()
            optimizer.step()
        model.eval()
        value, _ = measured(interactions, "validation", scores_of)
        if value > best:
            best, best_epoch, weights = value, epoch, copy.deepcopy(model.state_dict())
    model.load_state_dict(weights)
    ndcg, hits = measured(interactions, "test", scores_of)
    return {"seed": seed, "full": {f"ndcg@{DEPTH}": ndcg, f"hr@{DEPTH}": hits}, "validation": best, "best-epoch": best_epoch,
            "epochs": epoch, "seconds": round(time.perf_counter() - start, 1)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--device", default="cpu", help="cpu or cuda; the seeds draw other numbers there")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    interactions = Interactions(options.log, options.device)
    counts = interactions.popularity()
    found = measured(interactions, "test", lambda history, length: counts.expand(len(history), -1))
    if tuple(round(value, 4) for value in found) != POPULARITY:
        raise SystemExit(f"popularity's NDCG and HR are {found} here and {POPULARITY} by our tool: not the same split or measure")
    for seed in options.seeds:
        print(json.dumps(trained(interactions, seed, options)), flush=True)


main()
