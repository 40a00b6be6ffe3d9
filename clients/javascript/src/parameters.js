import { Unusable } from './errors.js';
import { decode, areFinite, squares } from './safetensors.js';

/** Largest norm of a personal layer, as a multiple of the global layer's, unless the app says otherwise. */
export const NORM_BOUND = 10;
/** Longest answer, in bytes. */
export const PARAMETERS_BYTES = 4 << 20;

const MAXIMUM_TENSORS = 1_000;

const unusable = (reason) => new Unusable('the parameters', reason);

/**
 * Checks an answer: size, signature, format, model, version, nonce, expiry, names, shapes, finiteness and norms, in this order.
 *
 * @param {Uint8Array} body The answer.
 * @param {string|null} signature Its header `SIGNATURE_HEADER`; null where there was none.
 * @param {string} nonce The nonce of the request.
 * @param {Manifest} manifest The version in use.
 * @param {DynamicLayers} layers Its dynamic layers.
 * @param {Trust} trust Whose answers are believed.
 * @param {number} normBound Largest norm of a personal layer, as a multiple of the global layer's.
 * @returns {Promise<{tensors: Map, lifetime: number}>} The tensors by name, and the seconds from their receipt, by the device's own
 *   clock, after which new ones should be asked for.
 * @throws {Untrusted} No pinned key signed it.
 * @throws {Unusable} It is signed, and cannot be used.
 */
export async function checkParameters(body, signature, nonce, manifest, layers, trust, normBound = NORM_BOUND) {
  if (body.length > PARAMETERS_BYTES) throw unusable(`they have ${body.length} bytes, the limit is ${PARAMETERS_BYTES}`);
  await trust.check(body, signature, 'parameters');
  const { tensors, metadata } = decode(body, 'the parameters', PARAMETERS_BYTES, MAXIMUM_TENSORS);
  const lifetime = checkMetadata(metadata, nonce, manifest);
  checkTensors(tensors, layers, normBound);
  return { tensors, lifetime };
}

function checkMetadata(strings, nonce, manifest) {
  for (const key of ['model', 'version', 'nonce']) {
    if (!strings.has(key)) throw unusable(`their metadata lack the ${key}`);
  }
  wholeOf(strings, 'samples');
  const [generated, expires] = [wholeOf(strings, 'generated'), wholeOf(strings, 'expires')];
  if (strings.get('model') !== manifest.name) throw unusable(`they are for the model '${strings.get('model')}'`);
  if (strings.get('version') !== manifest.version) throw unusable(`they are for the version ${strings.get('version')}`);
  if (strings.get('nonce') !== nonce) throw unusable('they answer another request; the nonce is not ours');
  if (generated < 0n || expires <= generated) {
    throw unusable(`they expire at ${expires} and were generated at ${generated}`);
  }
  return Number(expires - generated);
}

/** A whole number of 64 bits. */
function wholeOf(strings, key) {
  const text = strings.get(key) ?? '';
  const value = /^[+-]?\d{1,20}$/.test(text) ? BigInt(text.replace('+', '')) : null;
  if (value === null || BigInt.asIntN(64, value) !== value) throw unusable(`their metadata lack the ${key}`);
  return value;
}

function checkTensors(tensors, layers, normBound) {
  const extra = new Set(tensors.keys());
  for (const layer of layers.layers) {
    let sum = 0;
    for (const [name, shape] of layer.tensors) {
      const tensor = tensors.get(name);
      if (!tensor) throw unusable(`they have no tensor '${name}'`);
      if (tensor.shape.length !== shape.length || tensor.shape.some((size, place) => size !== shape[place])) {
        throw unusable(`tensor '${name}' has shape [${tensor.shape}], the model needs [${shape}]`);
      }
      if (!areFinite(tensor)) throw unusable(`tensor '${name}' has a value that is not a finite number`);
      sum += squares(tensor);
      extra.delete(name);
    }
    const [norm, bound] = [Math.sqrt(sum), normBound * Math.max(layer.least, layer.norm)];
    // Not `norm > bound`: a bound that is no number forbids everything.
    if (!(norm <= bound)) throw unusable(`the norm of layer '${layer.name}' is ${norm}, the bound is ${bound}`);
  }
  if (extra.size > 0) throw unusable('they have tensors that are not dynamic layers');
}
