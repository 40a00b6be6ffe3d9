import { textOf } from './bytes.js';
import { Unusable } from './errors.js';
import { VOCABULARY } from './manifest.js';

/** The file `vocabulary.tsv`: raw ids, and their indices from 1. Two spellings of one letter are two items. */
export class Vocabulary {
  /**
   * Reads the file.
   *
   * @param {Uint8Array} data One line an item: its raw id, a tab and its index, in order of the index from 1.
   * @param {number} count Number of items that there must be.
   * @throws {Unusable} A line is none, an id occurs twice, or there are more or fewer.
   */
  constructor(data, count) {
    this.names = [];
    this.indices = new Map();
    for (const line of linesOf(data)) this.append(line, count);
    if (this.names.length !== count) {
      throw new Unusable(VOCABULARY, `it has ${this.names.length} items, the manifest says ${count}`);
    }
  }

  append(line, count) {
    const index = this.names.length + 1;
    const fields = line.split('\t');
    if (index > count || fields.length !== 2 || fields[1] !== String(index)) {
      throw new Unusable(VOCABULARY, `line ${index} is not a raw id, a tab and ${index}`);
    }
    const name = unescaped(fields[0]);
    if (this.indices.has(name)) {
      throw new Unusable(VOCABULARY, `line ${index} has a raw id that is there already; an id has one index`);
    }
    this.indices.set(name, index);
    this.names.push(name);
  }

  /** The index of a raw id; 0 for one that the model does not know. */
  index(name) {
    return this.indices.get(name) ?? 0;
  }

  /** The raw id of an index; null for one that is none of the catalogue's. */
  name(index) {
    return this.names[index - 1] ?? null;
  }
}

function linesOf(data) {
  try {
    return textOf(data).split('\n').filter((line) => line !== '');
  } catch {
    throw new Unusable(VOCABULARY, 'it is not UTF-8');
  }
}

/** A raw id as it was before it was written: a backslash at the end stands for nothing. */
function unescaped(field) {
  const letters = { t: '\t', n: '\n', r: '\r' };
  return field.replace(/\\(.?)/gsu, (_, letter) => letters[letter] ?? letter);
}
