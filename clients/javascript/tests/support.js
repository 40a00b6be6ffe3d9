// What was recorded of released services, and a signer that is none of theirs.
import { readdirSync, readFileSync } from 'node:fs';

import { base64Of, bytesOf, joined, sha256 } from '../src/bytes.js';
import { canonical, parseObject } from '../src/json.js';
import { line, PinnedKey, Trust } from '../src/trust.js';

export const ROOT = new URL('../../../', import.meta.url);
const GOLDEN = new URL('Tests/Golden/', ROOT);
export const WIRES = ['wire', 'wire-3'];

/** A request to a released service and its answer, as scripts/record-golden kept them in a folder for each label. */
export class Exchange {
  constructor(wire, name) {
    this.name = name;
    this.folder = new URL(`${wire}/`, GOLDEN);
    this.members = JSON.parse(readFileSync(new URL(`${name}.json`, this.folder), 'utf-8'));
  }

  static all(wire, prefix) {
    return readdirSync(new URL(`${wire}/`, GOLDEN)).sort()
      .filter((file) => file.startsWith(prefix) && file.endsWith('.json')).map((file) => new Exchange(wire, file.slice(0, -5)));
  }

  async trust() {
    const [id, ...key] = this.members.key.split('=');
    return new Trust([await PinnedKey.read(id, key.join('='))]);
  }

  get request() { return JSON.parse(new TextDecoder().decode(this.bytes('request'))); }
  get body() { return this.bytes('response'); }
  get status() { return this.members.response.status; }
  get signature() { return this.members.response.headers['metanetwork-signature'] ?? null; }
  get release() { return this.members.response.headers['metanetwork-release'] ?? null; }

  bytes(message) {
    const { file, text, spaces } = this.members[message];
    if (file) return new Uint8Array(readFileSync(new URL(file, this.folder)));
    return bytesOf(text ?? ' '.repeat(spaces ?? 0));
  }
}

/** Members of a document as the parser gives them, from what JSON.stringify would write: whole numbers become bigints. */
export const membersOf = (value) => parseObject(bytesOf(JSON.stringify(value)));

/** The files of a version in the recorded registry. */
export function versionFile(version, name) {
  return new Uint8Array(readFileSync(new URL(`registry/movies/versions/${version}/${name}`, GOLDEN)));
}

/** Signs answers as a service does. */
export class Signer {
  static async make() {
    const signer = new Signer();
    signer.pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
    signer.raw = base64Of(new Uint8Array(await crypto.subtle.exportKey('raw', signer.pair.publicKey)));
    return signer;
  }

  pinned(id) { return PinnedKey.read(id, this.raw); }

  async signed(message) {
    return new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, this.pair.privateKey, message));
  }

  /** The header of an answer that was signed together with others before it. */
  async sign(body, kind, label = '3', neighbours = []) {
    const leaf = (answer) => sha256(label === '2' ? new Uint8Array() : line('leaf', label), answer);
    let level = await Promise.all([...neighbours, body].map(leaf));
    let path = new Uint8Array();
    for (let place = level.length - 1; level.length > 1; place >>= 1) {
      const neighbour = place ^ 1;
      if (neighbour < level.length) path = joined(path, [neighbour < place ? 0 : 1], level[neighbour]);
      const above = [];
      for (let at = 0; at < level.length; at += 2) {
        above.push(at + 1 < level.length ? await sha256(line('node', label), level[at], level[at + 1]) : level[at]);
      }
      level = above;
    }
    const signature = await this.signed(joined(line(kind, label), level[0]));
    return `${label === '2' ? '' : `${label}:`}k1=${base64Of(joined(signature, path))}`;
  }
}

/** Weights in single precision as safetensors. */
export function encode(tensors, metadata = {}) {
  const header = { __metadata__: metadata };
  const names = Object.keys(tensors).sort();
  let end = 0;
  for (const name of names) {
    const { shape, values } = tensors[name];
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + 4 * values.length] };
    end += 4 * values.length;
  }
  return file(JSON.stringify(header), joined(...names.map((name) => new Uint8Array(Float32Array.from(tensors[name].values).buffer))));
}

/** A safetensors file of a header and what follows. */
export function file(header, body = new Uint8Array()) {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytesOf(header).length), true);
  return joined(length, bytesOf(header), body);
}

export { canonical };
