// Models that cannot be forged: every statement of a publisher that the Swift SDK's tests refuse is refused here, wherever it comes in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
  checkKept, checkManifest, checkUnchanged, PinnedKey, ReleaseStatement, Service, SharedKey, Trust, Untrusted, Unusable,
} from '../src/node.js';
import { base64Of, fromBase64, hexadecimal, sha256 } from '../src/bytes.js';
import { Exchange, ROOT, Signer, versionFile } from './support.js';

const VERSIONS = [
  'bc62a5b6cb69137b276d586124cef9186bef3a377c561f6de096bee56c1141a0', 'cd23ef8675c63ec45395e205cc060a283302a36601cc1400edf72d8084d65738'];
const [IN_USE, FRESH] = VERSIONS;
const NOW = 1_100_000;
const STALE = ['it is played again', 'was used twice', 'the log forks', 'ended 1 hours ago', 'has to be signed anew', "set this device's clock"];

/** Who signs versions, apart from the service. */
class Publisher {
  static async make(name = 'p1') {
    return Object.assign(new Publisher(), { name, signer: await Signer.make() });
  }

  pinned() { return this.signer.pinned(this.name); }

  /** A statement of a version, which follows another. */
  async statement(version, after = null, issued = 1_000_000, expires = 2_000_000, changes = {}) {
    const statement = new ReleaseStatement({
      model: 'movies', version, manifest: hexadecimal(await sha256(versionFile(version, 'manifest.json'))),
      counter: (after?.counter ?? 0) + 1, issued, expires, previous: after ? await after.digest() : '0'.repeat(64), key: this.name, ...changes,
    });
    return Object.assign(statement, { signature: base64Of(await this.signer.signed(statement.message)) });
  }
}

/** A service that has a version, and passes a header on. */
function serving(state) {
  return async (address, { headers }) => {
    const name = new URL(address).pathname.split('/').at(-1);
    const signed = state.release === null ? {} : { 'MetaNetwork-Release': state.release };
    state.asked.push(name);
    if (headers['If-None-Match'] === `"${state.version}"`) return new Response(null, { status: 304, headers: signed });
    const file = { movies: 'manifest.json', device: 'device.safetensors', vocabulary: 'vocabulary.tsv' }[name];
    return new Response(versionFile(state.version, file), { headers: signed });
  };
}

/** A device that has taken statement 2 of its publisher; the time is 50,000 seconds later. */
async function stage() {
  const [publisher, service] = [await Publisher.make(), await Signer.make()];
  const known = await publisher.statement(IN_USE, await publisher.statement(IN_USE), 1_050_000);
  const trust = new Trust([await service.pinned('k1')], { publishers: [await publisher.pinned()] });
  const state = { version: IN_USE, release: known.header, asked: [], now: 1_050_000 };
  const open = (release) => new Service('https://a.b', 'movies', trust, { release, fetch: serving(state), now: () => state.now });
  const { manifest, release } = await open(null).version();
  assert.deepEqual([manifest.version, { ...release }], [IN_USE, { ...known }]);
  const next = (version, changes) => publisher.statement(version, known, NOW, 2_000_000, changes);
  return { publisher, known, trust, manifest, state: Object.assign(state, { now: NOW, asked: [] }), open, next };
}

const other = (version) => VERSIONS.find((one) => one !== version);
const behind = (statement, changes) => new ReleaseStatement({ ...statement, ...changes }).header;

/** A word of the reason, and what makes the header of a statement of a version. */
const FORGERIES = [
  ['it has no header MetaNetwork-Release', async () => null],
  ['is none', async () => 'version=1'],
  ['is none', async ({ next }, version) => `${(await next(version)).header}; counter=9`],
  ['is none', async ({ next }, version) => (await next(version)).header.replace('counter=3', 'counter=9007199254740993')],
  ['does not fit', async ({ next }, version) => {
    const statement = await next(version);
    const raw = fromBase64(statement.signature);
    raw[7] ^= 1;
    return behind(statement, { signature: base64Of(raw) });
  }],
  ['does not fit', async ({ next }, version) => behind(await next(version), { expires: 2_000_001 })],
  ['does not fit', async ({ next }, version) => behind(await next(version), { counter: 9 })],
  ["'p9' is not pinned", async ({ known }, version) => (await (await Publisher.make('p9')).statement(version, known)).header],
  ['does not fit', async ({ known }, version) => (await (await Publisher.make()).statement(version, known)).header],
  ['does not fit', async ({ next }, version) => (await next(version, { model: 'songs' })).header],
  ['does not fit', async ({ publisher, known }, version) => (await publisher.statement(other(version), known)).header],
  ['statement is of version', async ({ next }, version) => (await next(version, { version: other(version) })).header],
  ['it is played again', async ({ publisher }, version) => (await publisher.statement(version)).header],
  ['was used twice', async ({ next }, version) => (await next(version, { counter: 2 })).header],
  ['the log forks', async ({ next }, version) => (await next(version, { previous: 'a'.repeat(64) })).header],
  ['ended 1 hours ago', async ({ publisher, known }, version) => (await publisher.statement(version, known, 1_000_000, 1_096_000)).header],
  ['has to be signed anew', async ({ next }, version) => (await next(version, { expires: NOW })).header],
  ["set this device's clock", async ({ publisher, known }, version) => (await publisher.statement(version, known, 1_300_000)).header],
];

function isRefused(reason) {
  return (error) => error instanceof Untrusted && error.message.includes(reason) && error.message.startsWith('the manifest cannot');
}

for (const [number, [reason, make]] of FORGERIES.entries()) {
  test(`forgery ${number + 1} of ${FORGERIES.length} is refused wherever it comes in: ${reason}`, async () => {
    const device = await stage();
    for (const version of [FRESH, IN_USE]) {
      Object.assign(device.state, { version, release: await make(device, version), asked: [] });
      await assert.rejects(device.open(device.known.kept()).version(device.manifest), isRefused(reason), version);
      // No file is fetched of what is refused.
      assert.deepEqual(device.state.asked, ['movies']);
    }
    // What the app has kept is checked for its key and bytes alone: it was good once.
    const answer = { body: versionFile(IN_USE, 'manifest.json'), signature: null, release: device.state.release };
    const kept = checkKept(answer, 'movies', device.trust);
    if (STALE.includes(reason)) assert.equal((await kept).version, IN_USE);
    else await assert.rejects(kept, isRefused(reason));
  });
}

test('what a pinned publisher signed is used, renewed where nothing changed, and replaced', async () => {
  const { publisher, known, manifest, state, open, next } = await stage();
  const renewed = await next(IN_USE);
  state.release = renewed.header;
  const service = open(known.kept());
  const same = await service.version(manifest);
  assert.deepEqual([same.manifest, same.layers, same.vocabulary, { ...same.release }], [manifest, null, null, { ...renewed }]);
  // The service answers 200 though nothing changed, as a cache in between may: the same.
  const sameAgain = await open(known.kept()).version({ ...manifest, version: 'another' });
  assert.deepEqual([sameAgain.layers, { ...sameAgain.release }], [null, { ...renewed }]);
  Object.assign(state, { version: FRESH, release: (await publisher.statement(FRESH, renewed, NOW)).header });
  const fresh = await service.version(manifest);
  assert.deepEqual([fresh.manifest.version, fresh.release.counter], [FRESH, 4]);
  assert.ok(fresh.layers !== null && fresh.vocabulary !== null);
  // What the service object has taken once it takes no older one of, whatever the app kept.
  Object.assign(state, { version: IN_USE, release: renewed.header });
  await assert.rejects(service.version(), isRefused('it is played again'));
});

test('a statement counts as taken only when the files of its version are there', async () => {
  const { known, manifest, state, open, next, trust } = await stage();
  Object.assign(state, { version: FRESH, release: (await next(FRESH)).header });
  const fetch = async (address, options) => (address.endsWith('/vocabulary') ? new Response('x') : serving(state)(address, options));
  const service = new Service('https://a.b', 'movies', trust, { release: known.kept(), fetch, now: () => NOW });
  await assert.rejects(service.version(manifest), Untrusted);
  Object.assign(state, { version: IN_USE, release: known.header });
  assert.deepEqual({ ...(await service.version(manifest)).release }, { ...known });
});

test('a clock that was set back makes no old statement good, and one that is a little late takes a new one', async () => {
  const { publisher, known, manifest, state, open } = await stage();
  state.now = 0;
  state.release = (await publisher.statement(IN_USE, known, 1_049_000, 1_050_000)).header;
  await assert.rejects(open(known.kept()).version(manifest), isRefused('has to be signed anew'));
  state.release = (await publisher.statement(IN_USE, known, 1_050_000 + 86_400)).header;
  assert.equal((await open(known.kept()).version(manifest)).release.counter, 3);
});

test('a key that is the service\'s and the publisher\'s is refused, and a publisher goes over to another', async () => {
  const [key, old, fresh] = [await Signer.make(), await Publisher.make('old'), await Publisher.make('new')];
  const [service, same] = [await key.pinned('k1'), await key.pinned('another name')];
  assert.throws(() => new Trust([service], { publishers: [same] }), SharedKey);
  const both = new Trust([], { publishers: [await old.pinned(), await fresh.pinned()] });
  const answer = (statement) => ({ body: versionFile(IN_USE, 'manifest.json'), signature: null, release: statement.header });
  const first = await old.statement(IN_USE);
  const { release } = await checkManifest(answer(first), 'movies', both, null, NOW);
  await checkManifest(answer(await fresh.statement(IN_USE, first)), 'movies', both, release, NOW);
  const dropped = new Trust([], { publishers: [await fresh.pinned()] });
  await assert.rejects(checkKept(answer(first), 'movies', dropped), isRefused("'old' is not pinned"));
});

test('what the app keeps is the newest statement of its model, and nothing else is taken for it', async () => {
  const publisher = await Publisher.make();
  const first = await publisher.statement(IN_USE);
  const second = await publisher.statement(IN_USE, first);
  assert.deepEqual({ ...ReleaseStatement.parse(first.kept(), 'movies') }, { ...first });
  assert.equal(first.kept(second.kept()), second.kept());
  assert.equal(second.kept(first.kept()), second.kept());
  const members = JSON.parse(first.kept());
  const damaged = ['', 'damaged', '{}', '[]', ...Object.keys(members).map((key) => JSON.stringify({ ...members, [key]: undefined })),
    JSON.stringify({ ...members, counter: 0 }), JSON.stringify({ ...members, counter: 1.5 }), JSON.stringify({ ...members, model: 'songs' })];
  for (const text of damaged) {
    assert.throws(() => new Service('https://a.b', 'movies', new Trust([]), { release: text }), Unusable, text);
    assert.throws(() => second.kept(text), Unusable, text);
  }
});

test('what a released publisher signed is taken for ever: the manifest, and the word that nothing has changed', async () => {
  const [exchange, unchanged] = ['manifest', 'manifest-unchanged'].map((name) => new Exchange('release', name));
  const [id, key] = readFileSync(new URL('Tests/Golden/release/publisher', ROOT), 'utf-8').trim().split(/=(.*)/s);
  const trust = new Trust((await exchange.trust()).keys, { publishers: [await PinnedKey.read(id, key)] });
  const now = exchange.members.recorded;
  const { manifest, release } = await checkManifest(exchange, 'movies', trust, null, now);
  assert.equal(release.version, manifest.version);
  assert.equal(unchanged.status, 304);
  assert.deepEqual(await checkUnchanged(unchanged.release, manifest, trust, release, now), release);
  assert.equal((await checkKept(exchange, 'movies', trust)).digest, manifest.digest);
  await assert.rejects(checkUnchanged(unchanged.release, manifest, trust, release, now + 400 * 86_400), isRefused('has to be signed anew'));
  // An app that pins no publisher believes the service's key, and needs no statement.
  const plain = { body: exchange.body, signature: exchange.signature, release: null };
  assert.equal((await checkManifest(plain, 'movies', await exchange.trust())).release, null);
  assert.equal((await checkKept(plain, 'movies', await exchange.trust())).version, manifest.version);
  await assert.rejects(checkKept({ ...plain, signature: null }, 'movies', await exchange.trust()), Untrusted);
  // Who pins one does not believe the service's key alone.
  await assert.rejects(checkManifest(plain, 'movies', trust, null, now), isRefused('it has no header MetaNetwork-Release'));
});
