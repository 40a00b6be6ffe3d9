// Weights that must not be used: the forgeries that the Swift SDK's tests refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkParameters, DynamicLayers, InvalidKey, Manifest, PinnedKey, Trust, Untrusted, Unusable } from '../src/node.js';
import { base64Of, fromBase64, joined, sha256 } from '../src/bytes.js';
import { decode } from '../src/safetensors.js';
import { line } from '../src/trust.js';
import { encode, Exchange, Signer } from './support.js';

const MISFIT = 'does not fit its bytes';
const FORM = "is not 'label:key-id=base64'";
const empty = () => new Uint8Array();

const signer = await Signer.make();
const manifest = await Manifest.read(new Exchange('wire', 'manifest').body, 'movies');
const layers = await DynamicLayers.read(manifest, new Exchange('wire', 'device').body);

/** Checks an answer that a test has changed on its way. */
async function check(change) {
  const forged = {
    tensors: {}, body: (bytes) => bytes, tamper: (bytes) => bytes, signature: (header) => header, subject: 'parameters', label: '3',
    neighbours: [],
    metadata: {
      model: 'movies', version: manifest.version, nonce: 'our-nonce', samples: '3', generated: '1000000', expires: '1003600',
    },
  };
  for (const layer of layers.layers) {
    for (const [name, shape] of layer.tensors) {
      forged.tensors[name] = { shape, values: Array(shape.reduce((a, b) => a * b, 1)).fill(0.25) };
    }
  }
  change(forged);
  const body = forged.body(encode(forged.tensors, forged.metadata));
  const header = forged.signature(await signer.sign(body, forged.subject, forged.label, forged.neighbours));
  const trust = new Trust([await signer.pinned('k1')]);
  return checkParameters(forged.tamper(body), header, 'our-nonce', manifest, layers, trust);
}

async function refused(type, reason, change) {
  await assert.rejects(check(change), (error) => {
    assert.ok(error instanceof type && error.message.includes(reason), `'${reason}' is not in '${error.message}'`);
    return true;
  });
}

/** A header with a changed byte of the signature or of the path behind it, and with more or fewer bytes. */
function damaged(header, place, count) {
  const end = header.indexOf('=') + 1;
  const raw = fromBase64(header.slice(end));
  raw[place] ^= 1;
  const changed = new Uint8Array(raw.length + count);
  changed.set(raw.slice(0, changed.length));
  return header.slice(0, end) + base64Of(changed);
}

test('forged signatures are refused', async () => {
  await refused(Untrusted, 'has no header', (forged) => { forged.signature = () => null; });
  for (const nonsense of ['k1=*', 'nonsense', '', '=AAAA', '3:k1=', '3:=AAAA', 'k1=AB==']) {
    await refused(Untrusted, FORM, (forged) => { forged.signature = () => nonsense; });
  }
  for (const label of ['4:', '2:', '03:', '+3:', ':']) {
    await refused(Untrusted, FORM, (forged) => { forged.signature = (header) => header.replace('3:', label); });
  }
  await refused(Untrusted, MISFIT, (forged) => { forged.signature = (header) => header.replace('3:', ''); });
  await refused(Untrusted, "'k2' is not pinned", (forged) => { forged.signature = (header) => header.replace('k1=', 'k2='); });
  await refused(Untrusted, MISFIT, (forged) => { forged.subject = 'manifest'; });
  await refused(Untrusted, MISFIT, (forged) => { forged.tamper = (body) => joined(body.slice(0, -1), [body.at(-1) ^ 1]); });
  await refused(Untrusted, MISFIT, (forged) => { forged.tamper = (body) => body.slice(0, -1); });
  await refused(Untrusted, MISFIT, (forged) => { forged.tamper = empty; });
  for (const [place, count] of [[0, 0], [0, -60], [0, 33], [63, 0]]) {
    await refused(Untrusted, MISFIT, (forged) => { forged.signature = (header) => damaged(header, place, count); });
  }
  for (const place of [64, 65, 96]) {
    await refused(Untrusted, MISFIT, (forged) => {
      forged.neighbours = [empty(), empty()];
      forged.signature = (header) => damaged(header, place, 0);
    });
  }
  await refused(Untrusted, MISFIT, (forged) => Object.assign(forged, { neighbours: [empty(), empty()], tamper: empty }));
});

test('a path has 32 steps at most, and each neighbour stands on one of two sides', async () => {
  const [body, trust] = [Uint8Array.of(1), new Trust([await signer.pinned('k1')])];
  /** The header of an answer below so many neighbours on the right, which it says stand on a side. */
  const chain = async (steps, side) => {
    let [node, path] = [await sha256(line('leaf', '3'), body), empty()];
    for (let step = 0; step < steps; step += 1) {
      node = await sha256(line('node', '3'), node, new Uint8Array(32));
      path = joined(path, [side], new Uint8Array(32));
    }
    return `3:k1=${base64Of(joined(await signer.signed(joined(line('answer', '3'), node)), path))}`;
  };
  for (const steps of [0, 1, 32]) await trust.check(body, await chain(steps, 1), 'answer');
  for (const [steps, side] of [[33, 1], [1, 0], [1, 2], [1, 255]]) {
    await assert.rejects(trust.check(body, await chain(steps, side), 'answer'), Untrusted);
  }
});

test('forged contents are refused', async () => {
  const tensor = (name, ...values) => (forged) => { forged.tensors[name] = { shape: [values.length], values }; };
  await refused(Unusable, 'cut short', (forged) => { forged.body = (body) => body.slice(0, -1); });
  await refused(Unusable, 'cut short', (forged) => { forged.body = empty; });
  await refused(Unusable, 'the limit is', (forged) => { forged.body = (body) => joined(body, new Uint8Array(5 << 20)); });
  for (const key of ['model', 'version', 'nonce', 'samples', 'generated', 'expires']) {
    await refused(Unusable, `metadata lack the ${key}`, (forged) => { delete forged.metadata[key]; });
  }
  const metadata = (key, value) => (forged) => { forged.metadata[key] = value; };
  await refused(Unusable, 'metadata lack', metadata('expires', '9'.repeat(30)));
  await refused(Unusable, 'metadata lack', metadata('expires', '9223372036854775808'));
  await refused(Unusable, 'metadata lack', metadata('samples', '0x3'));
  await refused(Unusable, "for the model 'songs'", metadata('model', 'songs'));
  await refused(Unusable, 'for the version 1', metadata('version', '1'));
  await refused(Unusable, 'another request', metadata('nonce', "somebody else's"));
  await refused(Unusable, 'expire at', metadata('expires', '1000000'));
  await refused(Unusable, 'expire at', metadata('generated', '-9223372036854775808'));
  await refused(Unusable, "no tensor 'hidden.bias'", (forged) => { delete forged.tensors['hidden.bias']; });
  await refused(Unusable, 'not dynamic layers', tensor('items.embedding', 0));
  await refused(Unusable, 'has shape [2]', tensor('user.bias', 0, 0));
  await refused(Unusable, 'not a finite number', tensor('user.bias', 0, NaN, 0, 0));
  await refused(Unusable, 'not a finite number', tensor('user.bias', 0, Infinity, 0, 0));
  await refused(Unusable, 'the bound is', tensor('user.bias', 1000, 0, 0, 0));
});

test('honest answers are used, alone and together, in both labels', async () => {
  for (const label of ['2', '3']) {
    for (let others = 0; others < 6; others += 1) {
      const neighbours = Array.from({ length: others }, () => Uint8Array.of(1));
      assert.equal((await check((forged) => Object.assign(forged, { label, neighbours }))).lifetime, 3600);
    }
  }
});

test('keys rotate, and are keys', async () => {
  const [other, body] = [await Signer.make(), Uint8Array.of(1)];
  const header = await signer.sign(body, 'answer');
  await new Trust([await other.pinned('k0'), await signer.pinned('k1')]).check(body, header, 'answer');
  await assert.rejects(new Trust([await other.pinned('k1')]).check(body, header, 'answer'), Untrusted);
  await assert.rejects(new Trust([await signer.pinned('k1')]).check(body, header, 'manifest'), Untrusted);
  await assert.rejects(new Trust([]).check(body, header, 'answer'), /not pinned/);
  for (const key of ['AAAA', 'no base64', '', 'é']) await assert.rejects(PinnedKey.read('k1', key), InvalidKey);
  await assert.rejects(PinnedKey.read('', signer.raw), InvalidKey);
});

test('no damage is anything but one of our errors', async () => {
  // A generator of Lehmer's, so that what fails can be repeated.
  let state = 6;
  const random = (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
  const body = encode({ a: { shape: [2, 2], values: [0, 0, 0, 0] } }, { k: 'v' });
  const document = new Exchange('wire', 'manifest').body;
  for (let number = 0; number < 3_000; number += 1) {
    const bytes = (number % 2 === 0 ? body : document).slice();
    for (let times = 0; times < 3; times += 1) bytes[random(bytes.length)] = random(256);
    try {
      if (number % 2 === 0) decode(bytes, 'a file', 1 << 20, 10);
      else await Manifest.read(bytes, 'movies');
    } catch (error) {
      assert.ok(error instanceof Unusable, error.stack);
    }
  }
});
