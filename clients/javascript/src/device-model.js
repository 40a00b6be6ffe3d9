import { Unusable } from './errors.js';
import { Fields } from './fields.js';
import { Malformed } from './json.js';
import { OPERATIONS, sizeOf } from './operations.js';

const LARGEST_SIZE = 1 << 20;

/** A node of an architecture, with what it reads. */
class Node {
  constructor(fields) {
    this.fields = fields;
    this.name = fields.text('name');
    this.operation = fields.text('operation');
    this.sources = fields.elements('inputs');
  }

  /** Refuses a key that its operation does not have: a setting that is passed over would make another model of it. */
  check(settings) {
    const known = new Set(['name', 'operation', 'inputs', ...settings]);
    const extra = [...this.fields.members.keys()].find((key) => !known.has(key));
    if (extra !== undefined) throw new Malformed(`the operation '${this.operation}' has no key '${extra}' here`);
  }

  /** A setting, or what it is where it is missing. */
  setting(key, fallback) {
    return this.fields.members.get(key) ?? fallback;
  }

  /** A setting that is a size. */
  size(key) {
    return this.fields.whole(key, 1, LARGEST_SIZE);
  }
}

/**
 * A model, interpreted: static layers, and dynamic layers that are swapped for personal ones. It ranks items, or reads vectors, windows
 * of them and tokens; images it does not. Enough for a page; ONNX Runtime with an exported model (docs/onnx.md) is faster.
 *
 * An index of the history that is outside the catalogue is skipped, a candidate that is outside scores minus infinity. An empty history
 * reads as one padding sample, as in training.
 */
export class DeviceModel {
  /**
   * @param {Manifest} manifest The version.
   * @param {DynamicLayers} layers Its static weights.
   * @throws {Unusable} It reads images, or its weights are not those of its architecture.
   */
  constructor(manifest, layers) {
    this.items = manifest.items;
    this.static = layers.weights;
    this.personal = null;
    this.known = new Map();
    this.context = new Map();
    try {
      this.readInputs(manifest.architecture.elements('inputs'));
      this.nodes = manifest.architecture.elements('nodes').map((element, place) => this.node(element, place));
      this.output = manifest.architecture.text('output');
      const last = this.known.get(this.output);
      if (last?.shape.length !== 1 || (this.items > 0 && last.shape[0] !== 1)) {
        throw new Malformed(`the output '${this.output}' is not one ${this.items > 0 ? 'value' : 'vector'}`);
      }
    } catch (error) {
      throw error instanceof Malformed ? new Unusable('the model', error.message) : error;
    }
  }

  /** Swaps the dynamic layers for the tensors of checked parameters, or back for the global ones where it is given null. */
  use(tensors) {
    this.personal = tensors;
  }

  /**
   * What every ranking from now on reads of its user.
   *
   * @param {Object<string, number[]|string>} values By the input's name: its values, a window's vectors one after the other, the oldest
   *   first, or one of its tokens. What is not there is unknown.
   * @throws {Unusable} A name is none of the model's inputs, or what is given does not fit.
   */
  useContext(values) {
    this.context = this.read(values);
  }

  /**
   * What a model over vectors makes of an input: logits of classes, or values of a regression.
   *
   * @param {Object<string, number[]|string>} values As for `useContext`; one at least.
   * @returns {Float64Array}
   * @throws {Unusable} As `useContext`, or the model ranks items.
   */
  outputs(values) {
    if (this.items > 0) throw new Unusable('the input', 'the model ranks items');
    const given = this.read(values);
    if (given.size === 0) throw new Unusable('the input', 'each of its parts is missing; give one at least');
    const all = new Map(this.inputs.map((input) => [input.name, this.fed(input, given)]));
    this.run(this.nodes, all);
    return all.get(this.output).data;
  }

  read(values) {
    const read = new Map();
    for (const [name, value] of Object.entries(values)) {
      const input = this.inputs.find((one) => one.name === name);
      if (!input || (typeof value === 'string') !== (input.tokens !== null)) {
        throw new Unusable(`the input '${name}'`, 'the model has none of this name and kind');
      }
      if (input.tokens) read.set(name, input.tokens.indexOf(value) + 1);
      else if (value.length === sizeOf(input.shape) && value.every(Number.isFinite)) read.set(name, Float64Array.from(value));
      else throw new Unusable(`the input '${name}'`, `it has ${sizeOf(input.shape)} finite values`);
    }
    return read;
  }

  /**
   * Scores candidates.
   *
   * @param {number[]} history Indices of recent items, oldest first.
   * @param {number[]} candidates Indices to be scored, in any order, repeated or not.
   * @returns {Float64Array} One logit a candidate, never NaN; minus infinity of a model over vectors.
   */
  scores(history, candidates) {
    if (this.items < 1) return new Float64Array(candidates.length).fill(-Infinity);
    const isKnown = (item) => Number.isInteger(item) && item > 0 && item <= this.items;
    const values = new Map(this.inputs.filter((input) => input.kind !== 'item').map((input) => [input.name, this.fed(input, this.context)]));
    const samples = history.filter(isKnown).slice(-this.history.length);
    values.set(this.history.name, samples.length > 0 ? samples : [0]);
    this.run(this.nodes.filter((node) => !node.readsCandidate), values);
    const rest = this.nodes.filter((node) => node.readsCandidate);
    return Float64Array.from(candidates, (candidate) => {
      if (!isKnown(candidate)) return -Infinity;
      const own = new Map(values).set(this.candidate.name, candidate);
      this.run(rest, own);
      const score = own.get(this.output).data[0];
      return Number.isNaN(score) ? -Infinity : score;
    });
  }

  /** The best items of the catalogue, best first, as `[index, score]`; of equal scores the smaller index comes first. */
  top(count, history, excluded = new Set()) {
    const all = Array.from({ length: this.items }, (_, place) => place + 1);
    const scores = this.scores(history, all);
    return all.filter((item) => !excluded.has(item)).sort((a, b) => scores[b - 1] - scores[a - 1] || a - b).slice(0, count)
      .map((item) => [item, scores[item - 1]]);
  }

  readInputs(elements) {
    this.inputs = elements.map((element, place) => {
      const fields = Fields.of(element, `architecture.inputs[${place}]`);
      const [name, kind] = [fields.text('name'), fields.text('kind')];
      if (this.known.has(name)) throw new Malformed(`two inputs are called '${name}'`);
      const input = { name, kind, tokens: null, shape: [] };
      if (kind === 'items') input.length = fields.whole('length', 1, LARGEST_SIZE);
      else if (kind === 'vector') input.shape = [fields.whole('width', 1, LARGEST_SIZE)];
      else if (kind === 'vectors') input.shape = ['length', 'width'].map((key) => fields.whole(key, 1, LARGEST_SIZE));
      else if (kind === 'token') input.tokens = fields.elements('tokens');
      else if (kind !== 'item') throw new Malformed(`the input '${name}' is of the kind '${kind}', which is not read here`);
      const rows = { items: this.items + 1, item: this.items + 1, token: (input.tokens?.length ?? 0) + 1 }[kind];
      this.known.set(name, { shape: kind === 'items' ? [input.length] : input.shape, rows, readsCandidate: kind === 'item' });
      return input;
    });
    [this.history, this.candidate] = ['items', 'item'].map((kind) => this.inputs.find((input) => input.kind === kind));
    const needed = this.items > 0 ? 2 : 0;
    if ([this.history, this.candidate].filter(Boolean).length !== needed) {
      throw new Malformed('it has a catalogue and no input of items and of an item, or these and no catalogue');
    }
  }

  /** A node, checked, with the names of its tensors by role. */
  node(element, place) {
    const node = new Node(Fields.of(element, `architecture.nodes[${place}]`));
    const fault = (reason) => new Malformed(`node '${node.name}': ${reason}`);
    if (this.known.has(node.name)) throw fault('another node or input has its name');
    const operands = node.sources.map((name) => this.known.get(name));
    if (operands.includes(undefined)) throw fault('it reads what is not before it');
    try {
      Object.assign(node, node.operation === 'embedding' ? this.embedding(node, operands) : this.computed(node, operands));
    } catch (error) {
      throw error instanceof Malformed ? fault(error.message) : error;
    }
    node.readsCandidate = operands.some((operand) => operand.readsCandidate);
    this.known.set(node.name, { shape: node.shape, readsCandidate: node.readsCandidate });
    return node;
  }

  /** An embedding: rows of a table that all nodes naming it share. */
  embedding(node, [operand, ...more]) {
    if (!operand?.rows || more.length > 0) throw new Malformed('it must read an input of items or tokens');
    node.check(['table', 'width']);
    const width = node.size('width');
    const table = this.checked(`${node.setting('table', 'items')}.embedding`, [operand.rows, width]);
    return { shape: [...operand.shape, width], names: { embedding: table } };
  }

  computed(node, operands) {
    const operation = Object.hasOwn(OPERATIONS, node.operation) ? OPERATIONS[node.operation] : null;
    if (!operation) throw new Malformed(`the operation '${node.operation}' is not interpreted here`);
    node.check(operation.settings ?? []);
    const [least, most] = operation.operands;
    if (operands.length < least || operands.length > most || operands.some((operand) => operand.rows)) {
      throw new Malformed('it reads too few, too many, or numbers of items');
    }
    const shapes = operands.map((operand) => operand.shape);
    const shape = operation.shape(node, shapes);
    const names = Object.entries(operation.tensors?.(node, shapes, shape) ?? {})
      .map(([role, needed]) => [role, this.checked(`${node.name}.${role}`, needed)]);
    return { shape, names: Object.fromEntries(names) };
  }

  /** The name of a tensor that is there and has a shape. */
  checked(name, shape) {
    const found = this.static.get(name);
    if (!found || String(found.shape) !== String(shape)) throw new Malformed(`it needs a tensor '${name}' of shape [${shape}]`);
    return name;
  }

  /** What nodes read of an input that is no item: the mean of the training data where it is not known and is standardized. */
  fed(input, given) {
    if (input.tokens) return given.get(input.name) ?? 0;
    const reader = this.nodes.find((node) => node.operation === 'standardize' && node.sources[0] === input.name);
    const mean = reader ? this.static.get(reader.names.mean).values : [0];
    const fallback = () => Float64Array.from({ length: sizeOf(input.shape) }, (_, place) => mean[place % mean.length]);
    return { shape: input.shape, data: given.get(input.name) ?? fallback() };
  }

  run(nodes, values) {
    for (const node of nodes) {
      const tensor = (role) => this.personal?.get(node.names[role]) ?? this.static.get(node.names[role]);
      const operands = node.sources.map((name) => values.get(name));
      values.set(node.name, node.operation === 'embedding'
        ? rowsOf(tensor('embedding'), operands[0]) : OPERATIONS[node.operation].run(node, operands, tensor));
    }
  }
}

/** Rows of a table: one for a number, a sequence for several. */
function rowsOf(table, numbers) {
  const width = table.shape[1];
  const row = (number) => table.values.subarray(number * width, (number + 1) * width);
  if (typeof numbers === 'number') return { shape: [width], data: Float64Array.from(row(numbers)) };
  const data = new Float64Array(numbers.length * width);
  numbers.forEach((number, place) => data.set(row(number), place * width));
  return { shape: [numbers.length, width], data };
}
