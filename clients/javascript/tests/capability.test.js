import assert from 'node:assert/strict';
import test from 'node:test';
import { clientText } from '../src/capability.js';
import { CLIENT, CLIENT_HEADER, DEVICE, DeviceKey, ONNX, Refused, Service, Trust, VOCABULARY } from '../src/node.js';

test('a memory is told as the nearest class of the W3C, the lower of two as near, and not at all where the app keeps it', () => {
  const told = [[0, 0.25], [0.37, 0.25], [0.38, 0.5], [1.6, 2], [3, 2], [3.01, 4], [6.1, 8], [32, 8]];
  for (const [memory, nearest] of told) assert.equal(clientText(memory), `${CLIENT}; memory=${nearest}; formats=f32 f16 int8`);
  assert.equal(clientText(null), `${CLIENT}; formats=f32 f16 int8`);
});

test('requests for a manifest tell it, and no others', async () => {
  const said = {};
  const fetch = async (address, { headers }) => {
    const name = new URL(address).pathname.split('/').pop();
    said[name] = headers[CLIENT_HEADER];
    const body = '{"challenge": "c", "token": "a", "expires": 9000000000}';
    return new Response(body, { status: ['challenges', 'tokens'].includes(name) ? 200 : 503 });
  };
  const settings = { appKey: 'app', device: await DeviceKey.make(), memory: 4, fetch };
  const service = new Service('https://service.test', 'movies', new Trust([]), settings);
  const manifest = { version: 'v', files: new Map([DEVICE, ONNX, VOCABULARY].map((name) => [name, { bytes: 1 }])) };
  const asked = [
    service.version(), service.parameters(manifest, null, ['film 1']), service.share([]), service.onnx(manifest),
    service.file(manifest, DEVICE), service.file(manifest, VOCABULARY),
  ];
  await Promise.all(asked.map((answer) => assert.rejects(answer, Refused)));
  const others = ['challenges', 'tokens', 'parameters', 'events', 'model', 'device', 'vocabulary'].map((name) => [name, CLIENT]);
  assert.deepEqual(said, { movies: clientText(4), ...Object.fromEntries(others) });
});
