// Manifests, versions, vocabularies, JSON and files of weights.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { checkParameters, DEVICE, DynamicLayers, Manifest, parametersRequest, Trust, Unusable, Vocabulary } from '../src/node.js';
import { bytesOf, hexadecimal, sha256 } from '../src/bytes.js';
import { Malformed, parse, parseObject } from '../src/json.js';
import { eventsRequest, halfOf, inputEvent } from '../src/messages.js';
import { decode, half } from '../src/safetensors.js';
import { line } from '../src/trust.js';
import { canonical, encode, Exchange, file, membersOf, ROOT, Signer } from './support.js';

const fixtures = new URL('Tests/MetaNetworkTests/Fixtures/', ROOT);

/** The recorded manifest in format 2, changed, with the version of its contents. */
async function changed(change) {
  const members = parseObject(new Exchange('wire', 'manifest').body);
  members.set('format', 2n).delete('version');
  change(members);
  if (!members.has('version')) members.set('version', hexadecimal(await sha256(line('bundle', '2'), canonical(members))));
  return Manifest.read(canonical(members), 'movies');
}

async function refused(reason, change) {
  await assert.rejects(changed(change), (error) => {
    assert.ok(error instanceof Unusable && error.message.includes(reason), `'${reason}' is not in '${error.message}'`);
    return true;
  });
}

test('fields are checked, and covered by the version', async () => {
  assert.equal((await changed(() => {})).items, 120);
  assert.equal((await changed((members) => members.set('later', [0.2, true, null]))).window, 6);
  assert.equal((await changed((members) => members.delete('generator'))).window, 0);
  await refused('not that of its contents', (members) => members.set('version', 'ab'.repeat(32)));
  for (const bad of [-1n, 0n, 2n ** 63n - 1n, -(2n ** 63n), 1e300, 0.5, 'text', [], null, true]) {
    for (const field of ['window', 'width', 'rank']) {
      await refused(`generator.${field}`, (members) => members.get('generator').set(field, bad));
    }
    for (const field of ['items', 'format']) await refused(field, (members) => members.set(field, bad));
    await refused('', (members) => members.set('name', bad));
    if (bad !== 0n) await refused('bytes', (members) => members.get('files').get(DEVICE).set('bytes', bad));
  }
  await refused('10001', (members) => members.get('generator').set('window', 10_001n));
  await assert.rejects(Manifest.read(new Exchange('wire', 'manifest').body, 'songs'), /the model/);
  await assert.rejects(Manifest.read(new Uint8Array(2 << 20), 'movies'), /the limit is/);
  for (const key of ['files', 'architecture', 'name', 'items', 'format']) await refused(key, (members) => members.delete(key));
});

test('files have plain names, and roles of their own', async () => {
  const entry = membersOf({ bytes: 9, sha256: 'ab'.repeat(32), role: 'patch' });
  assert.equal((await changed((members) => members.get('files').set('patch.safetensors', entry))).files.size, 4);
  const names = ['../patch', '.hidden', 'a b', 'manifest.json', 'DEVICE.safetensors', 'x'.repeat(65), '', 'gate.safetensors', 'é', 'a\n'];
  for (const name of names) await refused('file', (members) => members.get('files').set(name, entry));
  await refused('role', (members) => members.get('files').get(DEVICE).set('role', 'gate'));
  await refused('it does not list', (members) => members.get('files').delete(DEVICE));
});

test('the version is what any other implementation computes', async () => {
  // The same document and digest as in the Swift SDK's tests.
  const document = '{"format":2,"name":"films","items":3,"files":{"vocabulary.tsv":{"sha256":"bb","bytes":2,"role":"vocabulary"},'
    + '"device.safetensors":{"role":"device","bytes":1,"sha256":"aa"}},"architecture":{"name":"é\\n"},"generator":{"window":6}}';
  const digest = hexadecimal(await sha256(line('bundle', '2'), canonical(parse(bytesOf(document)))));
  assert.equal(digest, '4deca4664a5ced205f3b0cf9bbc8f4bfd9cc9379d03c52bd1912e9ec917aa03c');
  const text = (value) => new TextDecoder().decode(canonical(parse(bytesOf(value))));
  assert.equal(text('{"é":[],"z":{},"\u{1f600}":null}'), '{"z":{},"é":[],"\u{1f600}":null}');
  assert.equal(text('{"\uffff":1,"\u{1f600}":2,"__proto__":3}'), '{"__proto__":3,"\uffff":1,"\u{1f600}":2}');
  const numbers = {
    1: '1', '1.0': '1.0', 0.2: '0.2', '-0': '-0.0', '1E2': '100.0', '0.0001': '0.0001', '0.00001': '1e-05', '1e-7': '1e-07',
    '9007199254740992.0': '9007199254740992.0', '9007199254740994.0': '9.007199254740994e+15', '-9.5e15': '-9.5e+15',
    '1e16': '1e+16', '18014398509481988.0': '1.8014398509481988e+16', '1e100': '1e+100', '-12.5': '-12.5', '0.00123': '0.00123',
    '9223372036854775807': '9223372036854775807', '9223372036854775808': '9.223372036854776e+18', '2e23': '2e+23',
    '5.684341886080802e-14': '5.684341886080802e-14', '0.1234567890123456': '0.1234567890123456', '-1.5e-300': '-1.5e-300',
  };
  for (const [written, printed] of Object.entries(numbers)) assert.equal(text(written), printed);
});

test('what is no JSON is refused', () => {
  const texts = [
    '', '{', '[1,]', 'NaN', '{"a":1,"a":2}', '1e999', '"\\ud800"', '01', "'a'", '"\u0001"', '['.repeat(100_000),
    '['.repeat(33) + ']'.repeat(33), '1 2', '"\\x"', '"\\u12g4"', '-', '1.', 'tru', '.5', '+1', '1e', '\ufeff1', '{"a" 1}', '{1:2}'];
  for (const bytes of [...texts.map(bytesOf), Uint8Array.of(34, 255, 34)]) assert.throws(() => parse(bytes), Malformed);
  assert.deepEqual(parse(bytesOf(' ["\\ud83d\\ude00\\/\\n\\u0041"] ')), ['\u{1f600}/\nA']);
});

test('vocabularies are read as training wrote them', () => {
  const vocabulary = new Vocabulary(bytesOf('e\u0301\t1\n\u00e9\t2\na\\tb\\\\\t3\n'), 3);
  const expected = { 'e\u0301': 1, '\u00e9': 2, 'a\tb\\': 3, '?': 0 };
  for (const [name, index] of Object.entries(expected)) assert.equal(vocabulary.index(name), index);
  assert.deepEqual([vocabulary.name(3), vocabulary.name(4), vocabulary.name(0)], ['a\tb\\', null, null]);
  for (const bad of ['a\t2\n', 'a 1\n', 'a\t1\nb\t3\n', 'a\t1\n', '', 'a\t1\na\t2\n', 'a\t1\nb\t2\nc\t3\n']) {
    assert.throws(() => new Vocabulary(bytesOf(bad), 2), Unusable);
  }
  assert.throws(() => new Vocabulary(Uint8Array.of(255, 9, 49, 10), 1), /UTF-8/);
});

test('weights are those of the Python package, bit for bit', () => {
  const mixed = decode(new Uint8Array(readFileSync(new URL('mixed.safetensors', fixtures))), 'a file', 1 << 20, 10);
  const expected = JSON.parse(readFileSync(new URL('mixed.json', fixtures), 'utf-8'));
  assert.deepEqual(Object.fromEntries(mixed.metadata), expected.metadata);
  assert.deepEqual([...mixed.tensors.keys()].sort(), Object.keys(expected.tensors).sort());
  for (const [name, { shape, bits }] of Object.entries(expected.tensors)) {
    const tensor = mixed.tensors.get(name);
    assert.deepEqual(tensor.shape, shape);
    const found = [...new Uint32Array(tensor.values.buffer)];
    // JavaScript has one NaN.
    bits.forEach((bit, place) => assert.ok(found[place] === bit || Number.isNaN(tensor.values[place]), `${name} ${place}`));
  }
  const integers = new Uint8Array(readFileSync(new URL('integers.safetensors', fixtures)));
  assert.throws(() => decode(integers, 'a file', 1 << 20, 10), /is I8/);
});

test('headers that break a rule are refused', () => {
  const decoded = (header, body) => decode(file(header, new Uint8Array(body)), 'a file', 1 << 20, 3);
  const one = (type, shape, offsets) => `{"a":{"dtype":"${type}","shape":${shape},"data_offsets":${offsets}}}`;
  assert.equal(decoded(one('F32', '[1]', '[0,4]'), 4).tensors.size, 1);
  assert.equal(decoded(one('F16', '[0,7]', '[0,0]'), 0).tensors.get('a').values.length, 0);
  assert.equal(decoded('{}', 0).tensors.size, 0);
  const two = (span) => `${one('F32', '[1]', '[0,4]').slice(0, -1)},"b":{"dtype":"F32","shape":[1],"data_offsets":[${span}]}}`;
  for (const [span, end] of [['0,4', 4], ['8,12', 12], ['2,6', 6]]) {
    for (const body of [end, 8]) assert.throws(() => decoded(two(span), body), Unusable);
  }
  assert.equal(decoded(two('4,8'), 8).tensors.size, 2);
  const wrong = [
    ['F32', '[1]', '[4,8]'], ['F32', '[1]', '[4,0]'], ['F32', '[2]', '[0,4]'], ['F32', '[-1]', '[0,4]'], ['F32', '1', '[0,4]'],
    ['F32', '[1.0]', '[0,4]'], ['F32', '[true]', '[0,4]'], ['F64', '[1]', '[0,8]'], ['I8', '[4]', '[0,4]'], ['F32', '[1]', '[0]'],
    ['F32', '[4611686018427387904,4]', '[0,0]'], ['F32', '[1099511627776,4194304]', '[0,0]'], ['toString', '[1]', '[0,4]']];
  for (const fields of wrong) for (const body of [4, 0]) assert.throws(() => decoded(one(...fields), body), Unusable);
  for (const header of ['[]', ' {}', '{', '', '{"a":1}', '{"__metadata__":[]}', '{"__metadata__":{"a":1}}']) {
    assert.throws(() => decoded(header, 0), Unusable);
  }
  assert.throws(() => decoded(one('F32', '[1]', '[0,4]'), 5), /cut short or extended/);
  const many = [0, 1, 2, 3].map((number) => `"${number}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`);
  assert.throws(() => decoded(`{${many.join(',')}}`, 0), /the limit is 3/);
});

test('a personal vector is bounded by the global one, or by one of ones', async () => {
  const signer = await Signer.make();
  // Four values of v have a norm of 2v.
  for (const [norm, bound] of [[0, 20], [6, 60]]) {
    const tensor = (value) => ({ 'own.bias': { shape: [4], values: Array(4).fill(value) } });
    const device = encode(tensor(norm / 2));
    const members = {
      format: 2, name: 'movies', items: 1, architecture: { nodes: [{ name: 'own', operation: 'personal' }] },
      files: { [DEVICE]: { bytes: device.length, sha256: hexadecimal(await sha256(device)) }, 'vocabulary.tsv': { bytes: 0, sha256: '' } },
    };
    const version = hexadecimal(await sha256(line('bundle', '2'), canonical(membersOf(members))));
    const manifest = await Manifest.read(bytesOf(JSON.stringify({ ...members, version })), 'movies');
    const layers = await DynamicLayers.read(manifest, device);
    const check = async (value) => {
      const metadata = { model: 'movies', version, nonce: 'n', samples: '1', generated: '1', expires: '2' };
      const body = encode(tensor(value), metadata);
      const trust = new Trust([await signer.pinned('k1')]);
      return checkParameters(body, await signer.sign(body, 'parameters'), 'n', manifest, layers, trust);
    };
    await check(bound / 2 - 0.1);
    await assert.rejects(check(bound / 2 + 0.1), (error) => error.message.includes(`the bound is ${bound}`));
  }
});

test('a question is no larger than a service reads', () => {
  const samples = Array.from({ length: 10_000 }, (_, number) => `item/${number}/"é"${'x'.repeat(200)}`);
  const body = parametersRequest('v', samples, 'f16', '12345678');
  assert.ok(body.length > 900_000 && body.length <= 1 << 20, `${body.length}`);
  assert.equal(JSON.parse(new TextDecoder().decode(body)).samples.at(-1), samples.at(-1));
});

test('events are those of the wire, and halves the nearest ones', () => {
  const event = { id: 'event-0001', item: '50', time: 874965758 };
  assert.deepEqual(JSON.parse(new TextDecoder().decode(eventsRequest([event]))), { events: [event] });
  assert.equal(inputEvent('event-0002', [0.5, -1, 2], 0.21, 874965758).item, 'ADgAvABA');
  for (let bits = 0; bits < 0x7c00; bits += 1) {
    const [value, next] = [half(bits), half(bits + 1)];
    assert.ok(halfOf(value) === bits && halfOf(-value) === (bits | 0x8000));
    if (bits < 0x7bff) assert.equal(halfOf((value + next) / 2), bits % 2 === 0 ? bits : bits + 1);
  }
  assert.deepEqual([halfOf(65_519), halfOf(65_520), halfOf(-Infinity)], [0x7bff, 0x7c00, 0xfc00]);
});
