// What a device shows to get a token that only it gets: Sources/MetaNetworkWire/Messages/DeviceProof.swift.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';

import { DeviceKey, readChallenge, Refused, Service, Trust, Unusable } from '../src/node.js';
import { bytesOf } from '../src/bytes.js';

/** The first key of RFC 8032, section 7.1. Id and signature were made with Python's hashlib and cryptography, after docs/wire.md. */
const RFC = {
  kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
};
const ID = 'FE6C98EF-B5C1-D2FA-FFD0-FEA4CDAC23C2';
const SIGNATURE = 'ov7HMLG9BYVfhLhXGK8uluYAbBlAFOMkeIrR5Fwh8q4bdkTffhcmYpLbHrZx6s3MYqfKWKKspLF4MC1FHTnuCg==';

async function rfcKey(counter) {
  const read = (key, use) => crypto.subtle.importKey('jwk', key, { name: 'Ed25519' }, true, [use]);
  const { d, ...open } = RFC;
  return DeviceKey.of({ privateKey: await read({ ...open, d }, 'sign'), publicKey: await read(open, 'verify'), counter });
}

/** A service that gives challenges, or answers them as told; the bodies of the requests for tokens. */
function service(challenges = null) {
  const tokens = [];
  let count = 0;
  const next = () => ({ challenge: `challenge ${count += 1}`, expires: 9 });
  const fetch = async (address, { method, headers, body }) => {
    if (address.endsWith('/v1/models/movies/events')) {
      const isKnown = headers.Authorization === `Bearer token ${tokens.length}` && tokens.length > 1;
      return new Response('{}', { status: isKnown ? 200 : 401 });
    }
    assert.deepEqual([method, headers.Authorization], ['POST', 'Bearer app']);
    if (address.endsWith('/v1/challenges')) {
      assert.equal(body, undefined);
      const answer = (challenges ?? next)();
      return answer instanceof Response ? answer : new Response(JSON.stringify(answer));
    }
    assert.ok(address.endsWith('/v1/tokens'), address);
    tokens.push(JSON.parse(new TextDecoder().decode(body)));
    return new Response(JSON.stringify({ token: `token ${tokens.length}`, expires: 9 }));
  };
  return { fetch, tokens };
}

test('the id follows from the key, and a proof is what others make and verify', async () => {
  const key = await rfcKey();
  assert.equal(key.id, ID);
  const proof = await key.proof('a-challenge', 1735689301);
  const raw = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
  assert.deepEqual(proof, { key: raw, challenge: 'a-challenge', counter: 1735689301, signature: SIGNATURE });
  const message = bytesOf(`metanetwork/device/1\ndevice ${ID}\nchallenge a-challenge\ncounter 1735689301\n`);
  const { d, ...open } = RFC;
  assert.ok(verify(null, message, createPublicKey({ key: open, format: 'jwk' }), Buffer.from(proof.signature, 'base64')));
});

test('a key is one device, whose proofs count upwards whatever its clock says, after it was kept too', async () => {
  const [key, other] = [await DeviceKey.make(), await DeviceKey.make()];
  assert.match(key.id, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  assert.notEqual(key.id, other.id);
  const counters = [];
  for (const now of [1_000, 1_000, 500, 2_000]) counters.push((await key.proof('c', now)).counter);
  assert.deepEqual(counters, [1_000, 1_001, 1_002, 2_000]);
  // What IndexedDB does with what is kept: the private half is never text.
  const again = await DeviceKey.of(structuredClone(key.kept));
  assert.deepEqual([again.id, (await again.proof('c', 0)).counter], [key.id, 2_001]);
  await assert.rejects(crypto.subtle.exportKey('pkcs8', key.kept.privateKey));
  assert.ok((await crypto.subtle.exportKey('pkcs8', (await DeviceKey.make(true)).kept.privateKey)).byteLength > 32);
});

test('what was kept and is no key is refused', async () => {
  const { privateKey, publicKey } = (await DeviceKey.make()).kept;
  const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
  for (const kept of [{}, { privateKey }, { privateKey: publicKey, publicKey: privateKey }, { privateKey: hmac, publicKey },
    { privateKey, publicKey, counter: 'many' }]) {
    await assert.rejects(DeviceKey.of(kept), Unusable);
  }
});

test('a token is asked for with a new proof each time, and after a 401 with another', async () => {
  const { fetch, tokens } = service();
  const key = await rfcKey();
  const asking = new Service('https://a.b', 'movies', new Trust([]), { appKey: 'app', device: key, fetch, now: () => 1_000.5 });
  await asking.share([]);
  assert.deepEqual(tokens.map(({ device, proof }) => [device, proof.challenge, proof.counter]),
    [[ID, 'challenge 1', 1_000_500], [ID, 'challenge 2', 1_000_501]]);
});

test('a device without a key, and one that asks a service of release 0.1, send an id alone', async () => {
  const share = async (device, challenges) => {
    const { fetch, tokens } = service(challenges);
    await new Service('https://a.b', 'movies', new Trust([]), { appKey: 'app', device, fetch }).share([]);
    return tokens[0];
  };
  assert.deepEqual(await share('golden-device-1', () => assert.fail('no challenge is asked for')), { device: 'golden-device-1' });
  for (const status of [404, 405]) {
    assert.deepEqual(await share(await rfcKey(), () => new Response('', { status })), { device: ID });
  }
  await assert.rejects(share(await rfcKey(), () => new Response('', { status: 503 })), Refused);
  for (const nonsense of ['', '{}', '[]', '{"challenge": 1}']) {
    await assert.rejects(share(await rfcKey(), () => new Response(nonsense)), Unusable);
    assert.throws(() => readChallenge(bytesOf(nonsense)), Unusable);
  }
});
