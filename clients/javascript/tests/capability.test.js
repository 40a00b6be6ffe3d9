import assert from 'node:assert/strict';
import test from 'node:test';
import { clientText } from '../src/capability.js';
import { CLIENT, CLIENT_HEADER, Refused, Service, Trust } from '../src/index.js';

test('a memory is told as the nearest class of the W3C, the lower of two as near, and not at all where the app keeps it', () => {
  const told = [[0, 0.25], [0.37, 0.25], [0.38, 0.5], [1.6, 2], [3, 2], [3.01, 4], [6.1, 8], [32, 8]];
  for (const [memory, nearest] of told) assert.equal(clientText(memory), `${CLIENT}; memory=${nearest}; formats=f32 f16 int8`);
  assert.equal(clientText(null), `${CLIENT}; formats=f32 f16 int8`);
});

test('requests for a manifest tell it, and no others', async () => {
  const said = {};
  const fetch = async (address, { headers }) => {
    said[new URL(address).pathname.split('/').pop()] = headers[CLIENT_HEADER];
    return new Response('{"token": "a", "expires": 9000000000}', { status: address.endsWith('/tokens') ? 200 : 503 });
  };
  const service = new Service('https://service.test', 'movies', new Trust([]), { appKey: 'app', memory: 4, fetch });
  await assert.rejects(service.version(), Refused);
  assert.deepEqual(said, { tokens: CLIENT, movies: clientText(4) });
});
