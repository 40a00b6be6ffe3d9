// The interpreter agrees with PyTorch's own layers, of which the fixtures of the cloud's tests were made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { DeviceModel, Unusable } from '../src/node.js';
import { Fields } from '../src/fields.js';
import { membersOf, ROOT } from './support.js';

const FIXTURES = new URL('Cloud/Tests/MetaNetworkTrainingTests/Fixtures/', ROOT);
const fixtures = JSON.parse(readFileSync(new URL('models.json', FIXTURES), 'utf-8'));

const node = (name, operation, inputs, settings = {}) => ({ name, operation, inputs, ...settings });

/** A model that ranks, as a manifest and its weights would make it. */
function model(nodes, weights, { items = 3, window = 4, inputs = [], output = 'score' } = {}) {
  const architecture = {
    name: 'm', output, nodes,
    inputs: [{ name: 'history', kind: 'items', length: window }, { name: 'candidate', kind: 'item' }, ...inputs],
  };
  const tensors = new Map(Object.entries(weights).map(([name, { shape, values }]) => [name, { shape, values: Float32Array.from(values) }]));
  return new DeviceModel({ items, architecture: new Fields(membersOf(architecture)) }, { weights: tensors });
}

/** The device models of the paper, as docs/method.md describes them; DIN's head is narrower in the fixtures. */
function paperNodes(name, width) {
  const dense = (own, input, units, activation, dynamic = false) => node(own, 'dense', [input], { units, activation, dynamic });
  const items = node('history items', 'embedding', ['history'], { table: 'items', width });
  const head = [
    dense('hidden', 'encoded', width, 'tanh', true), dense('user', 'hidden', width, 'identity', true),
    node('target item', 'embedding', ['candidate'], { table: 'items', width }), dense('target inner', 'target item', width, 'tanh'),
    dense('target', 'target inner', width, 'identity'), node('score', 'dot', ['user', 'target'])];
  return {
    'sasrec-paper': [
      items, node('placed', 'position', ['history items']), dense('samples', 'placed', width, 'tanh'), node('recent', 'last', ['samples']),
      node('attended', 'attention', ['recent', 'samples'], { heads: 4 }), node('attended sum', 'add', ['recent', 'attended']),
      node('attended norm', 'layerNorm', ['attended sum']), dense('inner', 'attended norm', 4 * width, 'relu'),
      dense('outer', 'inner', width, 'identity'), node('encoded sum', 'add', ['attended norm', 'outer']),
      node('encoded', 'layerNorm', ['encoded sum']), ...head],
    'gru4rec-paper': [
      items, dense('samples', 'history items', width, 'tanh'), node('states', 'gru', ['samples'], { units: width }),
      node('encoded', 'last', ['states']), ...head],
    'din-paper': [
      items, node('target', 'embedding', ['candidate'], { table: 'items', width }),
      node('interest', 'attention', ['target', 'history items'], { heads: 1 }), node('joined', 'concatenate', ['interest', 'target']),
      dense('first', 'joined', 12, 'tanh', true), dense('second', 'first', 6, 'tanh', true), dense('score', 'second', 1, 'identity', true)],
  }[name];
}

test('the rankers of the paper agree with PyTorch', () => {
  assert.equal(fixtures.cases.length, 5);
  for (const { model: name, device, histories, candidates, logits } of fixtures.cases) {
    const { items, window, width } = fixtures;
    const ranker = model(paperNodes(name, width), device, { items, window });
    const scores = histories.flatMap((history, place) => [...ranker.scores(history, candidates[place])]);
    assert.equal(scores.length, logits.global.length);
    scores.forEach((score, place) => {
      const expected = logits.global[place];
      assert.ok(Math.abs(score - expected) <= 1e-5 * (1 + Math.abs(expected)), `${name}: ${score} is not ${expected}`);
    });
  }
});

test('models over vectors, windows and tokens agree with PyTorch', () => {
  const cases = JSON.parse(readFileSync(new URL('vectors.json', FIXTURES), 'utf-8')).cases
    .filter(({ architecture }) => architecture.inputs.every(({ kind }) => kind !== 'image'));
  assert.deepEqual(cases.map(({ architecture }) => architecture.name), ['mlp', 'windows', 'transformer']);
  for (const { architecture, device, inputs, global: expected } of cases) {
    const weights = new Map(Object.entries(device).map(([name, { shape, values }]) => [name, { shape, values: Float32Array.from(values) }]));
    const vectors = new DeviceModel({ items: 0, architecture: new Fields(membersOf(architecture)) }, { weights });
    for (const [place, row] of inputs.entries()) {
      const outputs = vectors.outputs({ [architecture.inputs[0].name]: row });
      outputs.forEach((output, at) => assert.ok(Math.abs(output - expected[place][at]) <= 1e-5 * (1 + Math.abs(output)), architecture.name));
    }
    assert.throws(() => vectors.outputs({}), Unusable);
    assert.deepEqual([...vectors.scores([1], [1])], [-Infinity]);
  }
});

test('a normalization has the epsilon that it is told, as in PyTorch', () => {
  const weights = new Map([['y.scale', { shape: [3], values: Float32Array.of(1, 2, 3) }], ['y.bias', { shape: [3], values: Float32Array.of(0, 0.5, 0) }]]);
  const cases = [
    [{}, [0.1603338, 2.7446737, -3.8480122]], [{ epsilon: 1e-4 }, [0.1458650, 2.5421100, -3.5007598]],
    [{ epsilon: 1e-12 }, [0.1622214, 2.7710998, -3.8933139]]];
  for (const [settings, expected] of cases) {
    const architecture = {
      name: 'm', output: 'y', inputs: [{ name: 'x', kind: 'vector', width: 3 }], nodes: [node('y', 'layerNorm', ['x'], settings)],
    };
    const vectors = new DeviceModel({ items: 0, architecture: new Fields(membersOf(architecture)) }, { weights });
    const outputs = vectors.outputs({ x: [0.01, 0.03, -0.02] });
    outputs.forEach((output, at) => assert.ok(Math.abs(output - expected[at]) <= 1e-5, `${output} is not ${expected[at]}`));
  }
});

const bag = [
  node('items', 'embedding', ['history'], { width: 1 }), node('sum', 'weightedSum', ['items']),
  node('own', 'personal', [], { width: 1 }), node('user', 'multiply', ['sum', 'own']),
  node('target', 'embedding', ['candidate'], { width: 1 }), node('score', 'dot', ['user', 'target'])];
const bagWeights = {
  'items.embedding': { shape: [4, 1], values: [0, 1, 10, 100] }, 'sum.weight': { shape: [4], values: [1, 0.5, 0.25, 0.125] },
  'own.bias': { shape: [1], values: [1] },
};

test('what is unknown is skipped or comes last, and the window holds the most recent items', () => {
  const ranker = model(bag, bagWeights);
  // 10 is the most recent, 1 the one before.
  assert.deepEqual([...ranker.scores([1, 2], [1, 2, 3])], [10.5, 105, 1050]);
  assert.deepEqual([...ranker.scores([1, 9, -1, 0.5, 2, NaN], [2, 2, 0, 4, 1.5])], [105, 105, -Infinity, -Infinity, -Infinity]);
  assert.deepEqual([...ranker.scores([3, 3, 1, 1, 1, 2], [1])], [10 + 0.5 + 0.25 + 0.125]);
  assert.deepEqual([...ranker.scores([], [1])], [0]);
  assert.deepEqual(ranker.top(2, [1, 2]), [[3, 1050], [2, 105]]);
  assert.deepEqual(ranker.top(9, [], new Set([2])), [[1, 0], [3, 0]]);
});

test('personal layers are used, and given up again', () => {
  const ranker = model(bag, bagWeights);
  ranker.use(new Map([['own.bias', { shape: [1], values: Float32Array.of(-2) }]]));
  assert.deepEqual([...ranker.scores([1], [1, 2])], [-2, -20]);
  ranker.use(null);
  assert.deepEqual([...ranker.scores([1], [1, 2])], [1, 10]);
});

test('further inputs are read, and stand for what was measured where they are not known', () => {
  const nodes = [
    ...bag.slice(0, 2), node('age', 'standardize', ['years']), node('job', 'embedding', ['work'], { table: 'jobs', width: 1 }),
    node('about', 'add', ['age', 'job']), node('user', 'add', ['sum', 'about']), ...bag.slice(4)];
  const weights = {
    ...bagWeights, 'age.mean': { shape: [1], values: [30] }, 'age.scale': { shape: [1], values: [0.5] },
    'jobs.embedding': { shape: [3, 1], values: [0, 1000, 2000] },
  };
  const inputs = [{ name: 'years', kind: 'vector', width: 1 }, { name: 'work', kind: 'token', tokens: ['artist', 'baker'] }];
  const ranker = model(nodes, weights, { inputs });
  assert.deepEqual([...ranker.scores([1], [1])], [1]);
  ranker.useContext({ years: [34], work: 'baker' });
  assert.deepEqual([...ranker.scores([1], [1])], [1 + 2 + 2000]);
  ranker.useContext({ work: 'nobody' });
  assert.deepEqual([...ranker.scores([1], [1])], [1]);
  for (const bad of [{ years: 'old' }, { years: [1, 2] }, { years: [NaN] }, { work: [1] }, { shoes: 'red' }]) {
    assert.throws(() => ranker.useContext(bad), Unusable);
  }
});

test('an architecture that is none is refused, with the node at fault', () => {
  const without = (name) => Object.fromEntries(Object.entries(bagWeights).filter(([key]) => key !== name));
  const cases = [
    [bag, without('sum.weight'), /'sum'.*'sum.weight'/], [bag, without('items.embedding'), /'items'/],
    [bag.slice(1), bagWeights, /'sum'.*before it/], [bag.slice(0, -1), bagWeights, /output/],
    [[...bag, node('sum', 'last', ['items'])], bagWeights, /'sum'.*name/],
    [[...bag, node('x', 'constructor', ['sum'])], bagWeights, /'x'.*not interpreted/],
    [[...bag, node('x', 'convolution', ['sum'])], bagWeights, /not interpreted/], [[...bag, node('x', 'last', ['history'])], bagWeights, /'x'/],
    [[...bag, node('x', 'last', ['items', 'items'])], bagWeights, /'x'/], [[...bag, node('x', 'last', ['sum'])], bagWeights, /'x'/],
    [[...bag, node('x', 'dense', ['sum'], { units: 0 })], bagWeights, /units/],
    [[...bag, node('x', 'last', ['items'], { rate: 1 })], bagWeights, /'x'.*no key 'rate'/],
    [[...bag, node('x', 'layerNorm', ['sum'], { epsilon: 0 })], bagWeights, /'x'.*epsilon/],
    [[...bag, node('x', 'layerNorm', ['sum'], { epsilon: 'small' })], bagWeights, /'x'.*epsilon/],
    [[...bag, node('x', 'attention', ['sum', 'items'], { heads: 2 })], bagWeights, /heads/]];
  for (const [nodes, weights, reason] of cases) {
    assert.throws(() => model(nodes, weights), (error) => error instanceof Unusable && reason.test(error.message), String(reason));
  }
});
