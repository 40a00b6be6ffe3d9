"""The service's peer: FastAPI and PyTorch, as a team would write it that serves a generator from Python.

Usage: METANETWORK_BUNDLE=FOLDER [METANETWORK_JWT_SECRET=FILE] uvicorn service_peer:app
It answers the same requests with the same weights in half precision as safetensors. Requests that wait at the same time are computed as one
batch, by a thread of its own. It does less than our service: it signs no answer, keeps no nonce, counts no rate, and has no versions. With
a secret it verifies the token of each request, and remembers those that it knows, as our service does.
"""

import asyncio
import concurrent.futures
import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode

import numpy as np
import torch
from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel
from safetensors.torch import load_file, save

BUNDLE = os.environ["METANETWORK_BUNDLE"]
BATCH = 64
torch.set_num_threads(1)


class GRU(torch.nn.Module):
    """The shipped `gru`: the gates of every item are computed once, the rest goes from sample to sample."""

    def __init__(self, device, tensors):
        super().__init__()
        self.gru = torch.nn.GRU(device["items.embedding"].shape[1], tensors["block.first.weight"].shape[0], batch_first=True)
        for ours, theirs in [("input.weight", "weight_ih_l0"), ("recurrent.weight", "weight_hh_l0"),
                             ("input.bias", "bias_ih_l0"), ("recurrent.bias", "bias_hh_l0")]:
            getattr(self.gru, theirs).data = tensors["encoder." + ours].t().contiguous()
        self.table, self.tensors = device["items.embedding"], tensors

    def forward(self, items, lengths):
        states = self.gru(self.table[items])[0][torch.arange(len(lengths)), lengths - 1]
        first = torch.tanh(states @ self.tensors["block.first.weight"] + self.tensors["block.first.bias"])
        return first @ self.tensors["block.second.weight"] + self.tensors["block.second.bias"]


class Transformer(torch.nn.Module):
    """The shipped `transformer`: two causal layers; of the last one the feed-forward part is computed for the last sample alone."""

    def __init__(self, tensors, heads=2):
        super().__init__()
        self.t, self.heads = tensors, heads

    def norm(self, x, name):
        return torch.nn.functional.layer_norm(x, x.shape[-1:], self.t[name + ".scale"], self.t[name + ".bias"])

    def attended(self, x, name):
        rows, steps, width = x.shape
        n = self.norm(x, name + "norm")
        query = n @ self.t[name + "attention.query.weight"] + self.t[name + "attention.query.bias"]
        split = [v.view(rows, steps, self.heads, -1).transpose(1, 2) for v in (
            query, n @ self.t[name + "attention.key.weight"], n @ self.t[name + "attention.value.weight"])]
        found = torch.nn.functional.scaled_dot_product_attention(*split, is_causal=True)
        found = found.transpose(1, 2).reshape(rows, steps, width)
        return x + found @ self.t[name + "attention.output.weight"] + self.t[name + "attention.output.bias"]

    def fed(self, x, name):
        inner = torch.relu(self.norm(x, name + "inner norm") @ self.t[name + "inner.weight"] + self.t[name + "inner.bias"])
        return x + inner @ self.t[name + "outer.weight"] + self.t[name + "outer.bias"]

    def forward(self, items, lengths):
        table = next(self.t[name] for name in ("samples.embedding", "encoder items.embedding") if name in self.t)
        x = table[items] + self.t["placed.embedding"][: items.shape[1]]
        x = self.attended(self.fed(self.attended(x, "first "), "first "), "second ")
        return self.norm(self.fed(x[torch.arange(len(lengths)), lengths - 1], "second "), "encoded")


class Generator:
    def __init__(self, folder):
        with open(os.path.join(folder, "manifest.json")) as file:
            manifest = json.load(file)
        self.version, self.window = manifest["version"], manifest["generator"]["window"]
        device, tensors = (load_file(os.path.join(folder, name + ".safetensors")) for name in ("device", "generator"))
        with open(os.path.join(folder, "vocabulary.tsv")) as file:
            self.index = {line.split("\t")[0].strip(): place + 1 for place, line in enumerate(file)}
        self.encoder = GRU(device, tensors) if "encoder.input.weight" in tensors else Transformer(tensors)
        self.shapes, weights, biases = [], [], []
        for name in sorted(tensors):
            if not name.endswith(".decoder"):
                continue
            layer, role, _ = name.rsplit(".", 2)
            decoder, code = tensors[name], layer + ".code."
            weights.append(tensors[code + "weight"] @ decoder)
            biases.append(tensors[code + "bias"] @ decoder + tensors["%s.%s.offset" % (layer, role)])
            self.shapes.append(("%s.%s" % (layer, role), device["%s.%s" % (layer, role)].shape))
        self.weight, self.bias = torch.cat(weights, 1), torch.cat(biases)

    @torch.inference_mode()
    def answers(self, samples):
        """The files of some devices."""
        rows = [[self.index.get(item, 0) for item in items[-self.window:]] or [0] for items in samples]
        lengths = torch.tensor([len(row) for row in rows])
        items = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int64)
        for place, row in enumerate(rows):
            items[place, : len(row)] = row
        values = torch.addmm(self.bias, self.encoder(torch.from_numpy(items), lengths), self.weight).half()
        split = values.split([shape.numel() for _, shape in self.shapes], 1)
        return [
            save({name: part[row].view(shape) for (name, shape), part in zip(self.shapes, split)})
            for row in range(len(rows))
        ]


class Ask(BaseModel):
    version: str
    nonce: str
    samples: list[str]


class Tokens:
    """HS256 tokens, each verified once."""

    def __init__(self, file):
        with open(file) as text:
            self.secret, self.known = text.read().strip().encode(), set()

    def verify(self, header):
        token = header.removeprefix("Bearer ")
        if token in self.known:
            return
        body, _, signature = token.rpartition(".")
        expected = hmac.digest(self.secret, body.encode(), hashlib.sha256)
        if not hmac.compare_digest(expected, urlsafe_b64decode(signature + "==")):
            raise HTTPException(401)
        self.known.add(token)


app = FastAPI(openapi_url=None)
generator = Generator(BUNDLE)
tokens = Tokens(os.environ["METANETWORK_JWT_SECRET"]) if "METANETWORK_JWT_SECRET" in os.environ else None
waiting, busy = [], False
thread = concurrent.futures.ThreadPoolExecutor(1)


async def drain():
    """Computes what waits, batch by batch, while more gathers."""
    global busy
    busy = True
    loop = asyncio.get_running_loop()
    while waiting:
        batch = waiting[:BATCH]
        del waiting[:BATCH]
        try:
            answers = await loop.run_in_executor(thread, generator.answers, [samples for samples, _ in batch])
            for (_, future), answer in zip(batch, answers):
                future.set_result(answer)
        except Exception as error:
            for _, future in batch:
                future.set_exception(error)
    busy = False


@app.post("/v1/models/{model}/parameters")
async def parameters(model: str, ask: Ask, request: Request):
    if tokens:
        tokens.verify(request.headers.get("authorization", ""))
    if ask.version != generator.version:
        raise HTTPException(409)
    future = asyncio.get_running_loop().create_future()
    waiting.append((ask.samples, future))
    if not busy:
        asyncio.ensure_future(drain())
    return Response(await future, media_type="application/octet-stream")


@app.get("/readyz")
async def ready():
    return {}
