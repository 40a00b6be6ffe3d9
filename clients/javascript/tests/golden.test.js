// What released services said must be understood for ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  checkParameters, DEVICE, DeviceModel, DynamicLayers, Manifest, parametersRequest, readToken, refusalOf, Service, tokenRequest, Trust,
  Untrusted, Unusable, Vocabulary, VOCABULARY,
} from '../src/node.js';
import { Exchange, WIRES } from './support.js';

for (const wire of WIRES) {
  test(`${wire}: manifests are signed, and files are theirs`, async () => {
    const exchange = new Exchange(wire, 'manifest');
    const trust = await exchange.trust();
    await trust.check(exchange.body, exchange.signature, 'manifest');
    const manifest = await Manifest.read(exchange.body, 'movies');
    assert.deepEqual([manifest.items, manifest.window], [120, 6]);
    const [device, vocabulary] = [new Exchange(wire, 'device').body, new Exchange(wire, 'vocabulary').body];
    await manifest.checkFile(DEVICE, device);
    await manifest.checkFile(VOCABULARY, vocabulary);
    const ids = new Vocabulary(vocabulary, manifest.items);
    assert.equal(ids.name(ids.index('film-120')), 'film-120');
    await assert.rejects(trust.check(exchange.body.slice(0, -1), exchange.signature, 'manifest'), Untrusted);
    device[device.length - 1] ^= 1;
    await assert.rejects(manifest.checkFile(DEVICE, device), Untrusted);
  });

  test(`${wire}: personal weights pass every check, in all formats`, async () => {
    const manifest = await Manifest.read(new Exchange(wire, 'manifest').body, 'movies');
    const layers = await DynamicLayers.read(manifest, new Exchange(wire, 'device').body);
    assert.deepEqual(layers.layers.map((layer) => layer.name), ['hidden', 'user']);
    const read = new Map();
    for (const exchange of Exchange.all(wire, 'parameters-')) {
      const { nonce } = exchange.request;
      const trust = await exchange.trust();
      const parameters = await checkParameters(exchange.body, exchange.signature, nonce, manifest, layers, trust);
      assert.equal(parameters.tensors.size, 4);
      assert.ok(parameters.lifetime > 0);
      read.set(exchange.name, parameters.tensors.get('user.weight').values);
      const other = exchange.body;
      other[other.length - 1] ^= 1;
      await assert.rejects(checkParameters(other, exchange.signature, nonce, manifest, layers, trust), Untrusted);
    }
    assert.equal(read.size, 8);
    for (const how of ['ids', 'embeddings']) {
      for (const [format, error] of [['f16', 1e-3], ['int8', 1e-2]]) {
        const [exact, coarse] = [read.get(`parameters-${how}-f32`), read.get(`parameters-${how}-${format}`)];
        exact.forEach((value, place) => assert.ok(Math.abs(value - coarse[place]) <= error));
      }
    }
  });

  test(`${wire}: requests, tokens and problems are those of the service`, () => {
    const token = new Exchange(wire, 'token');
    assert.ok(readToken(token.body).expires > 0);
    const parsed = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
    assert.deepEqual(parsed(tokenRequest('golden-device-1')), token.request);
    for (const format of ['f16', 'f32', 'int8']) {
      const sent = new Exchange(wire, `parameters-ids-${format}`).request;
      assert.deepEqual(parsed(parametersRequest(sent.version, sent.samples, format, sent.nonce)), sent);
    }
    for (const problem of Exchange.all(wire, 'problem-')) {
      const refusal = refusalOf(problem.status, problem.body);
      assert.ok(refusal.word !== null && refusal.message.includes('; '), refusal.message);
    }
    assert.equal(refusalOf(502, new TextEncoder().encode('<html>')).word, null);
    assert.throws(() => readToken(new TextEncoder().encode('{}')), Unusable);
  });

  test(`${wire}: a service is asked, and what it says is checked and ranked with`, async () => {
    const exchange = new Exchange(wire, 'manifest');
    const asked = [];
    const fetch = async (address, options) => {
      asked.push([options.method, new URL(address).pathname, options.headers.Authorization ?? null]);
      const name = address.endsWith('/tokens') ? 'token' : address.endsWith('/movies') ? 'manifest' : address.split('/').at(-1);
      const { body, status, members } = new Exchange(wire, name);
      return new Response(body, { status, headers: { 'MetaNetwork-Signature': members.response.headers['metanetwork-signature'] ?? '' } });
    };
    const service = new Service('https://a.b/', 'movies', await exchange.trust(), { appKey: 'key', device: 'golden-device-1', fetch });
    const { manifest, layers, vocabulary } = await service.version();
    const { token } = readToken(new Exchange(wire, 'token').body);
    assert.deepEqual(asked.map(([method, path]) => `${method} ${path}`), [
      'POST /v1/tokens', 'GET /v1/models/movies', `GET /v1/models/movies/versions/${manifest.version}/device`,
      `GET /v1/models/movies/versions/${manifest.version}/vocabulary`]);
    assert.deepEqual(asked.map(([, , bearer]) => bearer), ['key', token, token, token].map((one) => `Bearer ${one}`));
    const model = new DeviceModel(manifest, layers);
    const best = model.top(3, [vocabulary.index('film-1')], new Set([1]));
    assert.equal(best.length, 3);
    assert.ok(best.every(([item, score]) => item > 1 && Number.isFinite(score)) && best[0][1] >= best[2][1]);
    await assert.rejects(service.onnx(manifest), /has no model.onnx/);
    const damaged = { ...manifest, files: new Map(manifest.files).set('device.safetensors', { bytes: 1, sha256: '' }) };
    await assert.rejects(service.file(Object.setPrototypeOf(damaged, Manifest.prototype), DEVICE), Untrusted);
    const other = new Service('https://a.b', 'movies', new Trust([]), { fetch });
    await assert.rejects(other.version(), Untrusted);
    const endless = async () => new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1 << 16)) }));
    await assert.rejects(new Service('https://a.b', 'movies', new Trust([]), { fetch: endless }).version(), /limit/);
  });
}

test('a version with a basis is read', async () => {
  const exchange = new Exchange('codes', 'manifest');
  await (await exchange.trust()).check(exchange.body, exchange.signature, 'manifest');
  const manifest = await Manifest.read(exchange.body, 'gestures');
  assert.equal(manifest.items, 0);
  await manifest.checkFile(DEVICE, new Exchange('codes', 'device').body);
  await manifest.checkFile('basis.safetensors', new Exchange('codes', 'basis').body);
  const layers = await DynamicLayers.read(manifest, new Exchange('codes', 'device').body);
  const [{ name, shape }] = new DeviceModel(manifest, layers).inputs;
  const outputs = new DeviceModel(manifest, layers).outputs({ [name]: Array(shape.reduce((a, b) => a * b)).fill(0.5) });
  assert.ok(outputs.length > 1 && outputs.every(Number.isFinite));
  assert.throws(() => new DeviceModel(manifest, { weights: new Map() }), Unusable);
});
