import { base64Of, bytesOf } from './bytes.js';
import { Refused, Unusable } from './errors.js';
import { Fields } from './fields.js';
import { Malformed, parseObject } from './json.js';

/** Longest body of an answer that is no file, in bytes. */
export const SMALL_ANSWER = 64 << 10;

const REQUEST_BYTES = 1 << 20;
const FRAME_BYTES = 1024;
const PROBLEM = 'urn:metanetwork:problem:';

const json = (message) => bytesOf(JSON.stringify(message));

/** A word that no other request, and no other event, has. */
export const freshId = () => crypto.randomUUID();

/**
 * What is sent to `/v1/tokens`, with the app key as the bearer.
 *
 * @param {string} device The id of this installation: that of its key, or a random one.
 * @param proof What `DeviceKey.proof` gave for the answer to `/v1/challenges`; null where the device has no key.
 */
export const tokenRequest = (device, proof = null) => json(proof === null ? { device } : { device, proof });

/**
 * Reads the answer to `/v1/challenges`, which is asked for by POST without a body, with the app key as the bearer.
 *
 * @returns {string} What `DeviceKey.proof` signs.
 * @throws {Unusable} It is no challenge.
 */
export function readChallenge(body) {
  try {
    return new Fields(parseObject(body)).text('challenge');
  } catch (error) {
    throw error instanceof Malformed ? new Unusable('the challenge', 'the answer is no challenge') : error;
  }
}

/**
 * Reads the answer to `tokenRequest`: `token`, sent as `Authorization: Bearer …`, and when it ends, in seconds since 1970.
 *
 * @throws {Unusable} It is no token.
 */
export function readToken(body) {
  try {
    const fields = new Fields(parseObject(body));
    return { token: fields.text('token'), expires: fields.whole('expires') };
  } catch (error) {
    throw error instanceof Malformed ? new Unusable('the token', 'the answer is no token') : error;
  }
}

/**
 * What is sent to `/v1/models/{model}/parameters`; the oldest samples are left out until a service reads it.
 *
 * @param {string} version The version in use.
 * @param {string[]} samples Raw ids, oldest first; one at least.
 * @param {'f16'|'f32'|'int8'} format How the weights are to be stored.
 * @param {string} nonce `freshId()`, new in every request.
 */
export function parametersRequest(version, samples, format, nonce) {
  let [count, left] = [0, REQUEST_BYTES - FRAME_BYTES];
  for (const sample of [...samples].reverse()) {
    left -= 1 + json(sample).length;
    if (left < 0 && count > 0) break;
    count += 1;
  }
  return json({ version, nonce, format, samples: samples.slice(samples.length - count) });
}

/**
 * What is sent to `/v1/models/{model}/events`: items that the user chose and agreed to share.
 *
 * @param {{id: string, item: string, time: number}[]} events Each with an id of its own, the raw id, and seconds since 1970. One may
 *   also have `ranking`, how the item had been ranked when it was chosen: `{ version, weights, rank }` (docs/wire.md).
 */
export const eventsRequest = (events) => json({ events });

/** An event of a model over vectors: an input of which the device's model is unsure, from 0 to 1. */
export function inputEvent(id, values, uncertainty, time) {
  const item = new Uint8Array(2 * values.length);
  const view = new DataView(item.buffer);
  values.forEach((value, place) => view.setUint16(2 * place, halfOf(value), true));
  return { id, item: base64Of(item), time, uncertainty };
}

/** The bits of the half that is nearest to a number; of two the even one. */
export function halfOf(value) {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const scaled = size / 2 ** (exponent - 10);
  const floor = Math.floor(scaled);
  const isUp = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 === 1);
  // A fraction that is rounded up to 2048 is the next exponent's first, and so is the sum.
  return sign | ((exponent + 14) * 1024 + floor + (isUp ? 1 : 0));
}

/**
 * What an error of the service says.
 *
 * @param {number} status The HTTP status.
 * @param {Uint8Array} body A problem document of any label, or whatever a balancer says.
 * @returns {Refused}
 */
export function refusalOf(status, body) {
  try {
    if (body.length > SMALL_ANSWER) throw new Malformed('it is too long');
    const fields = new Fields(parseObject(body));
    // Label 2 calls the fix `mend`.
    const key = ['fix', 'mend'].find((name) => fields.has(name));
    const type = fields.text('type');
    const word = type.startsWith(PROBLEM) ? type.slice(PROBLEM.length) : null;
    return new Refused(status, fields.text('detail'), key ? fields.text(key) : null, word);
  } catch (error) {
    if (error instanceof Malformed) return new Refused(status, 'no problem document', null, null);
    throw error;
  }
}
