import { Malformed } from './json.js';

/** Reads the members of a JSON object, each of which must be there and of its type. */
export class Fields {
  /**
   * @param {Map} members The object.
   * @param {string} path What it is called in the whole document.
   */
  constructor(members, path = '') {
    this.members = members;
    this.path = path;
  }

  /** Name of a field in the whole document. */
  name(key) {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  /** Whether a member is there and not null. */
  has(key) {
    return (this.members.get(key) ?? null) !== null;
  }

  /** The element of an array that is an object. */
  static of(element, name) {
    if (element instanceof Map) return new Fields(element, name);
    throw new Malformed(`${name} is no object`);
  }

  text(key) {
    return this.read(key, (value) => typeof value === 'string', 'a text');
  }

  /** A flag; false where it is missing. */
  flag(key) {
    return this.has(key) && this.read(key, (value) => typeof value === 'boolean', 'true or false');
  }

  elements(key) {
    return this.read(key, Array.isArray, 'an array');
  }

  fields(key) {
    return new Fields(this.read(key, (value) => value instanceof Map, 'an object'), this.name(key));
  }

  /** A whole number within bounds, as a JavaScript number. */
  whole(key, least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER) {
    const value = this.read(key, (member) => typeof member === 'bigint', 'a whole number');
    if (value >= least && value <= most) return Number(value);
    throw new Malformed(`${this.name(key)} is ${value}; it must be from ${least} to ${most}`);
  }

  read(key, isRight, what) {
    const value = this.members.get(key);
    if (value !== undefined && isRight(value)) return value;
    throw new Malformed(`${this.name(key)} is missing or not ${what}`);
  }
}
