import { bytesOf, hexadecimal, sha256 } from './bytes.js';
import { Unusable } from './errors.js';
import { Fields } from './fields.js';
import { Malformed, parseObject } from './json.js';

/** Name of the header with what a publisher says of a version. */
export const RELEASE_HEADER = 'MetaNetwork-Release';

const WORD = '([A-Za-z0-9._-]{1,64})';
const NUMBER = '([0-9]{1,16})';
const FORM = new RegExp(
  `^version=${WORD}; counter=${NUMBER}; issued=${NUMBER}; expires=${NUMBER}; previous=${WORD}; key=${WORD}; signature=([A-Za-z0-9+/=]*)$`);
/** The greatest number that every reader of JSON has. */
const LARGEST = 2 ** 53;

/**
 * What a publisher says of a version of a model, signed when it is published and not when it is served: `model`, `version`, `manifest`
 * (the SHA-256 of its bytes in hexadecimal), `counter` (how many statements of the model there were up to this one, from 1), `issued` and
 * `expires` (seconds since 1970), `previous` (the digest of the statement before), `key` and `signature` (base64).
 */
export class ReleaseStatement {
  constructor(members) {
    Object.assign(this, members);
  }

  /**
   * Reads the header of an answer.
   *
   * @param {string} header The value of `RELEASE_HEADER`.
   * @param {string} model The model that the answer is about.
   * @param {string} manifest The SHA-256 of the manifest's bytes, in hexadecimal.
   * @returns {ReleaseStatement|null} null where it is none.
   */
  static read(header, model, manifest) {
    const found = FORM.exec(header);
    if (found === null) return null;
    const [, version, ...rest] = found;
    // Beyond 2^53 two texts are one number.
    if (rest.slice(0, 3).some((text) => BigInt(text) > LARGEST)) return null;
    const [counter, issued, expires] = rest.slice(0, 3).map(Number);
    const [previous, key, signature] = rest.slice(3);
    return counter < 1 ? null : new ReleaseStatement({ model, version, manifest, counter, issued, expires, previous, key, signature });
  }

  /**
   * Reads what `kept` gave.
   *
   * @param {string} text What the app kept.
   * @param {string} model The model that it must be about.
   * @throws {Unusable} It is something else.
   */
  static parse(text, model) {
    try {
      const fields = new Fields(parseObject(bytesOf(text)));
      const whole = (key, least) => fields.whole(key, least, LARGEST);
      const statement = new ReleaseStatement({
        model: fields.text('model'), version: fields.text('version'), manifest: fields.text('manifest'), counter: whole('counter', 1),
        issued: whole('issued', 0), expires: whole('expires', 0), previous: fields.text('previous'), key: fields.text('key'),
        signature: fields.text('signature'),
      });
      if (statement.model === model) return statement;
      throw new Malformed(`it is about the model '${statement.model}'`);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const reason = `${error.message}; without it an old version can be taken once`;
      throw new Unusable("the publisher's last statement, as the app kept it,", reason);
    }
  }

  /**
   * The text that the app is to keep, and to hand in when it starts again: older statements are refused then.
   *
   * @param {string|null} before What is kept already: another page of the app may have kept a newer one meanwhile, which stays.
   * @throws {Unusable} What is kept is something else.
   */
  kept(before = null) {
    const other = before === null ? null : ReleaseStatement.parse(before, this.model);
    return other !== null && other.counter > this.counter ? before : JSON.stringify(this);
  }

  /** The header's text. */
  get header() {
    const { version, counter, issued, expires, previous, key, signature } = this;
    return `version=${version}; counter=${counter}; issued=${issued}; expires=${expires}; previous=${previous}; key=${key}; `
      + `signature=${signature}`;
  }

  /** The bytes that are signed. */
  get message() {
    const fields = ['model', 'version', 'manifest', 'counter', 'issued', 'expires', 'previous', 'key'];
    return bytesOf(`metanetwork/release/1\n${fields.map((name) => `${name} ${this[name]}\n`).join('')}`);
  }

  /** The name by which the next statement calls this one: the SHA-256 of `message` in hexadecimal. */
  async digest() {
    return hexadecimal(await sha256(this.message));
  }
}
