import { Unusable } from './errors.js';
import { Fields } from './fields.js';
import { Malformed, parseObject } from './json.js';

const METADATA = '__metadata__';
const HEADER_BYTES = 1 << 20;
const DEPTH = 3;
const WIDTHS = { F32: 4, F16: 2, I8: 1 };

/**
 * Reads weights in the safetensors format: F32, F16, and I8 with a scale for each column. Accepts what the format allows and nothing
 * else; whether values are finite is for the caller to check.
 *
 * @param {Uint8Array} data The whole file.
 * @param {string} what How errors call it.
 * @param {number} maximumBytes Longest file that is accepted.
 * @param {number} maximumTensors Maximum number of tensors.
 * @returns {{tensors: Map<string, {shape: number[], values: Float32Array}>, metadata: Map<string, string>}}
 * @throws {Unusable} The bytes are something else, are cut short, or exceed a limit.
 */
export function decode(data, what, maximumBytes, maximumTensors) {
  try {
    if (data.length > maximumBytes) throw new Malformed(`it has ${data.length} bytes, the limit is ${maximumBytes}`);
    return decoded(data, maximumTensors);
  } catch (error) {
    throw error instanceof Malformed ? new Unusable(what, `safetensors: ${error.message}`) : error;
  }
}

/** Whether all values of a tensor are finite numbers. */
export const areFinite = (tensor) => tensor.values.every(Number.isFinite);

/** The sum of the squares of a tensor's values. */
export const squares = (tensor) => tensor.values.reduce((sum, value) => sum + value * value, 0);

function decoded(data, maximumTensors) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const length = data.length < 8 ? -1 : Number(view.getBigUint64(0, true));
  if (length < 0 || length > data.length - 8) throw new Malformed('the file was cut short or is of another format');
  if (length > HEADER_BYTES) throw new Malformed(`its header has ${length} bytes, the limit is ${HEADER_BYTES}`);
  if (data[8] !== 0x7b || length === 0) throw new Malformed("the header must begin with '{'");
  const members = parseObject(data.subarray(8, 8 + length), DEPTH);
  const metadata = metadataOf(members.get(METADATA));
  members.delete(METADATA);
  if (members.size > maximumTensors) throw new Malformed(`${members.size} tensors, the limit is ${maximumTensors}`);
  const entries = [...members].map(([name, value]) => entryOf(name, value));
  checkContiguous(entries, data.length - 8 - length);
  const tensors = new Map();
  for (const entry of entries) tensors.set(entry.name, { shape: entry.shape, values: valuesOf(entry, view, 8 + length) });
  for (const entry of entries) if (entry.type === 'I8') scale(entry, tensors);
  return { tensors, metadata };
}

function metadataOf(value) {
  const strings = new Map();
  if (value === undefined || value === null) return strings;
  for (const [key, text] of Fields.of(value, METADATA).members) {
    if (typeof text !== 'string') throw new Malformed(`${METADATA} holds what is no string`);
    strings.set(key, text);
  }
  return strings;
}

function entryOf(name, value) {
  const fields = Fields.of(value, name);
  const type = fields.text('dtype');
  if (!Object.hasOwn(WIDTHS, type)) {
    throw new Malformed(`tensor '${name}' has type ${type}, this client reads F32, F16 and scaled I8`);
  }
  const [shape, offsets] = [sizesOf(fields, 'shape'), sizesOf(fields, 'data_offsets')];
  if (offsets.length !== 2 || offsets[0] > offsets[1]) throw new Malformed(`tensor '${name}' has no span`);
  const needed = shape.reduce((count, size) => count * size, BigInt(WIDTHS[type]));
  if (needed !== offsets[1] - offsets[0]) {
    throw new Malformed(`tensor '${name}' needs ${needed} bytes, and spans ${offsets[1] - offsets[0]}`);
  }
  return { name, type, shape: shape.map(Number), begin: Number(offsets[0]), end: Number(offsets[1]) };
}

function sizesOf(fields, key) {
  const sizes = fields.elements(key);
  if (sizes.every((size) => typeof size === 'bigint' && size >= 0n)) return sizes;
  throw new Malformed(`${fields.name(key)} must hold integers of 0 or more`);
}

/** Sorts entries by their values, which must cover the bytes without hole or overlap. */
function checkContiguous(entries, size) {
  // A tensor of no bytes lies before one that begins at the same place.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) throw new Malformed(`tensor '${entry.name}' does not begin where another ends`);
    end = entry.end;
  }
  if (end !== size) {
    throw new Malformed(`the header describes ${end} bytes, ${size} are there; it was cut short or extended`);
  }
}

function valuesOf(entry, view, start) {
  const width = WIDTHS[entry.type];
  const values = new Float32Array((entry.end - entry.begin) / width);
  for (let place = 0; place < values.length; place += 1) {
    const at = start + entry.begin + place * width;
    if (entry.type === 'F32') values[place] = view.getFloat32(at, true);
    else values[place] = entry.type === 'F16' ? half(view.getUint16(at, true)) : view.getInt8(at);
  }
  return values;
}

/** The value of an IEEE 754 half; not all browsers have a function of their own. */
export function half(bits) {
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function scale(entry, tensors) {
  const columns = entry.shape.at(-1) ?? 1;
  const [scales, integers] = [tensors.get(`${entry.name}.scale`), tensors.get(entry.name)];
  if (!scales || scales.shape.length !== 1 || scales.shape[0] !== columns) {
    throw new Malformed(`'${entry.name}' is I8 and has no scale for each column`);
  }
  tensors.delete(`${entry.name}.scale`);
  for (let place = 0; place < integers.values.length; place += 1) integers.values[place] *= scales.values[place % columns];
}
