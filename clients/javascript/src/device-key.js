import { base64Of, bytesOf, hexadecimal, sha256 } from './bytes.js';
import { Unusable } from './errors.js';

const ALGORITHM = { name: 'Ed25519' };

/** The key pair of an installation, which its id follows from: nobody without it gets a token in its name. Make one with `make` or `of`. */
export class DeviceKey {
  constructor(pair, counter, raw, id) {
    /** The id of the device that has the key, a UUID. */
    this.id = id;
    Object.assign(this, { pair, counter, raw });
  }

  /**
   * A new key, with a new id: once for each installation.
   *
   * @param {boolean} isExtractable Whether the private half can be exported, where IndexedDB is not there to keep it.
   */
  static async make(isExtractable = false) {
    return DeviceKey.of(await crypto.subtle.generateKey(ALGORITHM, isExtractable, ['sign', 'verify']));
  }

  /**
   * The key that was kept.
   *
   * @param {{privateKey: CryptoKey, publicKey: CryptoKey, counter?: number}} kept What `kept` gave.
   * @throws {Unusable} It is no such key.
   */
  static async of({ privateKey, publicKey, counter = 0 }) {
    if (!isKey(privateKey, 'private') || !isKey(publicKey, 'public') || !Number.isSafeInteger(counter)) {
      throw new Unusable("the device's key, as the app kept it,", 'it is no pair of Ed25519 keys; make another, which is another device');
    }
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
    return new DeviceKey({ privateKey, publicKey }, counter, raw, await idOf(raw));
  }

  /**
   * The app's to keep, as it is: IndexedDB takes both keys, and gives the private one to nobody. An old counter will do, for proofs count
   * the clock.
   */
  get kept() {
    return { ...this.pair, counter: this.counter };
  }

  /**
   * Shows that the device has its key.
   *
   * @param {string} challenge What the service gave to be signed.
   * @param {number} now Milliseconds since 1970 by the device's clock: proofs must count upwards, whoever has kept the counter.
   * @returns The member `proof` of a request for a token.
   */
  async proof(challenge, now = Date.now()) {
    const counter = Math.max(now, this.counter + 1);
    this.counter = counter;
    const message = bytesOf(`metanetwork/device/1\ndevice ${this.id}\nchallenge ${challenge}\ncounter ${counter}\n`);
    const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, this.pair.privateKey, message));
    return { key: base64Of(this.raw), challenge, counter, signature: base64Of(signature) };
  }
}

const isKey = (key, type) => key instanceof CryptoKey && key.algorithm.name === ALGORITHM.name && key.type === type;

/** The id of the device that has a public key of 32 bytes. */
async function idOf(raw) {
  const digits = hexadecimal((await sha256(bytesOf('metanetwork/device-id/1\n'), raw)).slice(0, 16)).toUpperCase();
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([start, end]) => digits.slice(start, end)).join('-');
}
