// The package as Node.js takes it by its name, and where it lacks globals of browsers, as 18.4 does.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';

webcrypto.CryptoKey ??= globalThis.CryptoKey; // where 18.4 has it
delete globalThis.crypto;
delete globalThis.CryptoKey;
const { DeviceKey, freshId, PinnedKey } = await import('metanetwork-client');

test('keys, signatures, digests and ids need no global of browsers', async () => {
  const device = await DeviceKey.make();
  const again = await DeviceKey.of(device.kept);
  const { key, signature, counter } = await again.proof('c');
  const message = new TextEncoder().encode(`metanetwork/device/1\ndevice ${device.id}\nchallenge c\ncounter ${counter}\n`);
  assert.ok(await (await PinnedKey.read('k1', key)).signed(message, Buffer.from(signature, 'base64')));
  assert.match(freshId(), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});
