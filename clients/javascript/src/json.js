import { byBytes, bytesOf, textOf } from './bytes.js';

/** How many arrays and objects may enclose each other. */
export const DEPTH = 32;

/** The bytes are no JSON document, or one without what must be there; the message says why. */
export class Malformed extends Error {}

/**
 * Reads strict JSON (RFC 8259). JavaScript's own parser takes keys that occur twice, and makes 1 and 1.0 the same number, which
 * the version of a bundle tells apart.
 *
 * @param {Uint8Array} data A document in UTF-8.
 * @param {number} depth How many arrays and objects may enclose each other.
 * @returns A Map, an Array, a string, a bigint (a whole number of 64 bits), a number (finite), true, false or null.
 * @throws {Malformed}
 */
export function parse(data, depth = DEPTH) {
  let text;
  try {
    text = textOf(data);
  } catch {
    throw new Malformed('it is not UTF-8');
  }
  return new Parser(text).document(depth);
}

/** The members of a document that is an object. */
export function parseObject(data, depth = DEPTH) {
  const value = parse(data, depth);
  if (value instanceof Map) return value;
  throw new Malformed('it is no object');
}

/** The canonical form (docs/bundle.md), as bytes: no white space, members sorted by the bytes of their keys. */
export const canonical = (value) => bytesOf(written(value));

function written(value) {
  if (value instanceof Map) {
    const keys = [...value.keys()].sort(byBytes);
    return `{${keys.map((key) => `${quoted(key)}:${written(value.get(key))}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' ? decimal(value) : String(value);
}

function quoted(text) {
  const escape = (letter) => (letter < ' ' ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : `\\${letter}`);
  // eslint-disable-next-line no-control-regex
  return `"${text.replace(/[\u0000-\u001f"\\]/g, escape)}"`;
}

/** A number as Swift prints it: its shortest digits, with an exponent below 0.0001 and above 2 to the 53rd. */
function decimal(value) {
  if (value === 0) return 1 / value < 0 ? '-0.0' : '0.0';
  const [, sign, first, rest = '', power] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  const [digits, exponent] = [first + rest, Number(power)];
  const size = Math.abs(value);
  if (size >= 1e-4 && size <= 2 ** 53) {
    if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
    const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
    return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
  }
  const places = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${first}${rest && `.${rest}`}e${exponent < 0 ? '-' : '+'}${places}`;
}

/** Reads JSON by recursive descent; every method leaves `position` after what it read. */
class Parser {
  constructor(text) {
    this.text = text;
    this.position = 0;
  }

  document(depth) {
    const value = this.value(depth);
    this.skipWhiteSpace();
    if (this.position < this.text.length) throw this.failure('nothing may follow the document');
    return value;
  }

  value(depth) {
    this.skipWhiteSpace();
    switch (this.peek()) {
      case '{': return this.object(depth);
      case '[': return this.array(depth);
      case '"': return this.string();
      case 't': return this.literal('true', true);
      case 'f': return this.literal('false', false);
      case 'n': return this.literal('null', null);
      default: return this.number();
    }
  }

  object(depth) {
    const members = new Map();
    this.list('}', depth, () => {
      if (this.peek() !== '"') throw this.failure('expected a key in quotes');
      const key = this.string();
      this.skipWhiteSpace();
      if (!this.take(':')) throw this.failure("expected ':'");
      if (members.has(key)) throw this.failure('a key occurs twice');
      members.set(key, this.value(depth - 1));
    });
    return members;
  }

  array(depth) {
    const elements = [];
    this.list(']', depth, () => elements.push(this.value(depth - 1)));
    return elements;
  }

  list(end, depth, readOne) {
    if (depth === 0) throw this.failure('nested too deeply');
    this.position += 1;
    this.skipWhiteSpace();
    if (this.take(end)) return;
    for (;;) {
      this.skipWhiteSpace();
      readOne();
      this.skipWhiteSpace();
      if (this.take(end)) return;
      if (!this.take(',')) throw this.failure(`expected ',' or '${end}'`);
    }
  }

  literal(word, value) {
    if (!this.text.startsWith(word, this.position)) throw this.failure(`expected ${word}`);
    this.position += word.length;
    return value;
  }

  number() {
    const pattern = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?/y;
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (!match) throw this.failure('no value begins here');
    this.position += match[0].length;
    if (/[\d.eE]/.test(this.text[this.position] ?? '')) throw this.failure('this is no number');
    // -0 is a number: a whole one would lose the sign.
    if (match[2] === undefined && match[3] === undefined && match[0] !== '-0' && match[0].length <= 20) {
      const whole = BigInt(match[0]);
      if (BigInt.asIntN(64, whole) === whole) return whole;
    }
    const value = Number(match[0]);
    if (!Number.isFinite(value)) throw this.failure('a number is too large');
    return value;
  }

  string() {
    let content = '';
    for (this.position += 1; ; this.position += 1) {
      const next = this.peek();
      if (next === '"') break;
      if (next < ' ') throw this.failure('a control character must be escaped');
      content += next === '\\' ? this.escape() : next;
    }
    this.position += 1;
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(content)) {
      throw this.failure('half of a surrogate pair');
    }
    return content;
  }

  /** The character behind a backslash; leaves `position` at its last letter. */
  escape() {
    this.position += 1;
    const letter = this.peek();
    const plain = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
    if (Object.hasOwn(plain, letter)) return plain[letter];
    const digits = this.text.slice(this.position + 1, this.position + 5);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.failure('no such escape');
    this.position += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  peek() {
    if (this.position >= this.text.length) throw this.failure('the document ends too early');
    return this.text[this.position];
  }

  take(letter) {
    if (this.text[this.position] !== letter) return false;
    this.position += 1;
    return true;
  }

  skipWhiteSpace() {
    while (this.position < this.text.length && ' \n\r\t'.includes(this.text[this.position])) this.position += 1;
  }

  failure(reason) {
    return new Malformed(`character ${this.position}: ${reason}`);
  }
}
