import { bytesOf, fromBase64, joined, sha256 } from './bytes.js';
import { InvalidKey, SharedKey, Untrusted } from './errors.js';

/** Name of the header with the labels that a client reads. */
export const ACCEPT_HEADER = 'MetaNetwork-Accept';
/** Its value: to be sent with every request. */
export const ACCEPTED = '3, 2';
/** Name of the header with what a client says of itself: its library and release; of the device see `clientText`. */
export const CLIENT_HEADER = 'MetaNetwork-Client';
/** Its value: to be sent with every request. */
export const CLIENT = 'javascript/0.2.0';
/** Name of the header with the signature of an answer. */
export const SIGNATURE_HEADER = 'MetaNetwork-Signature';

const SIGNATURE_BYTES = 64;
const STEP_BYTES = 33;
const MAXIMUM_STEPS = 32;

/** The bytes of a line that is signed or hashed, for example `metanetwork/leaf/3`. */
export const line = (word, label) => bytesOf(`metanetwork/${word}/${label}\n`);

/** A service's or a publisher's public Ed25519 key, built into the app. Make one with `PinnedKey.read`. */
export class PinnedKey {
  constructor(id, base64, key) {
    Object.assign(this, { id, base64, key });
  }

  /**
   * Reads a key.
   *
   * @param {string} id The key's id, as in the headers `MetaNetwork-Signature` and `MetaNetwork-Release`.
   * @param {string} base64 The base64 of its 32 bytes, as `metanetwork serve` and `metanetwork keys new --publisher` print it.
   * @throws {InvalidKey} It is something else.
   */
  static async read(id, base64) {
    const raw = fromBase64(base64);
    if (id === '' || raw === null || raw.length !== 32) throw new InvalidKey(id);
    return new PinnedKey(id, base64, await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']));
  }

  /** Whether a signature (64 bytes) is this key's of a message. */
  async signed(message, signature) {
    return crypto.subtle.verify({ name: 'Ed25519' }, this.key, signature, message);
  }
}

/** Whose answers are believed: Ed25519 signatures, the service's in the labels 2 and 3 of the wire. */
export class Trust {
  /**
   * @param {PinnedKey[]} keys The service's key, or two while it changes from one to the other.
   * @param {{publishers?: PinnedKey[]}} settings The keys of who says which models devices run. They lie with no service, so nobody who has
   *   the service can give a device another model. With none the service's key is believed for models too.
   * @throws {SharedKey} A key is the service's and the publisher's.
   */
  constructor(keys, { publishers = [] } = {}) {
    [this.keys, this.publishers] = [[...keys], [...publishers]];
    const shared = this.publishers.find((one) => this.keys.some((key) => key.base64 === one.base64));
    if (shared) throw new SharedKey(shared.id);
  }

  /**
   * Checks the signature of an answer.
   *
   * @param {Uint8Array} body The whole body, unpacked where it came compressed.
   * @param {string|null} header The value of `SIGNATURE_HEADER`; null where there was none.
   * @param {'manifest'|'parameters'|'answer'} kind What the answer is.
   * @throws {Untrusted} It is not signed by a pinned key, or the signature is of something else.
   */
  async check(body, header, kind) {
    const what = `the ${kind}`;
    if (header === null) throw new Untrusted(what, `it has no header ${SIGNATURE_HEADER}; the server must sign`);
    const [, name, text] = /^([^=]*)=(.+)$/s.exec(header) ?? [null, '', ''];
    const raw = text === '' ? null : fromBase64(text);
    const colon = name.indexOf(':');
    // Label 2 is the one that is not named.
    const label = colon < 0 ? '2' : name.slice(0, colon);
    const id = name.slice(colon + 1);
    if (raw === null || id === '' || (colon >= 0 && label !== '3')) {
      throw new Untrusted(what, `its header ${SIGNATURE_HEADER} is not 'label:key-id=base64'`);
    }
    const key = this.keys.find((one) => one.id === id);
    if (!key) throw new Untrusted(what, `its key '${id}' is not pinned in this app`);
    const root = await rootOf(body, raw, label);
    const signature = raw.slice(0, SIGNATURE_BYTES);
    const message = root && joined(line(kind, label), root);
    if (message === null || !(await key.signed(message, signature))) {
      throw new Untrusted(what, `the signature of key '${id}' does not fit its bytes`);
    }
  }
}

/** The root above an answer at the end of the path behind a signature; null where the bytes are no path. */
async function rootOf(body, raw, label) {
  const length = raw.length - SIGNATURE_BYTES;
  if (length < 0 || length % STEP_BYTES !== 0 || length > MAXIMUM_STEPS * STEP_BYTES) return null;
  let node = await sha256(label === '2' ? new Uint8Array() : line('leaf', label), body);
  for (let start = SIGNATURE_BYTES; start < raw.length; start += STEP_BYTES) {
    const neighbour = raw.slice(start + 1, start + STEP_BYTES);
    if (raw[start] > 1) return null;
    const [left, right] = raw[start] === 0 ? [neighbour, node] : [node, neighbour];
    node = await sha256(line('node', label), left, right);
  }
  return node;
}
