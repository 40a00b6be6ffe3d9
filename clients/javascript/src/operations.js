import { Malformed } from './json.js';

/**
 * The operations of an architecture (docs/architectures.md), but those on images. A value is `{ shape, data }`: a vector of shape
 * [width], or a sequence of shape [length, width], row by row. Each operation has `operands`, how many values it reads; `settings`,
 * the keys of its nodes where it has any; `shape`, of its result; `tensors`, the roles and shapes of its weights; and `run`.
 */

const ACTIVATIONS = { identity: (x) => x, tanh: Math.tanh, relu: (x) => Math.max(0, x) };

const size = (shape) => shape.reduce((count, length) => count * length, 1);
const widthOf = (shape) => shape[shape.length - 1];
const sigmoid = (x) => 0.5 * (Math.tanh(0.5 * x) + 1);

function expect(holds, what) {
  if (!holds) throw new Malformed(`it reads ${what}`);
}

/** Calls a function with each row of a value. */
function eachRow(value, body) {
  const width = widthOf(value.shape);
  for (let row = 0; row < value.data.length / width; row += 1) body(value.data.subarray(row * width, (row + 1) * width), row);
}

/** Rows times a matrix of [inputs, units], and a bias where there is one. */
function product(value, weight, bias, activation = 'identity') {
  const [inputs, units] = weight.shape;
  const rows = value.data.length / inputs;
  const result = new Float64Array(rows * units);
  for (let row = 0; row < rows; row += 1) {
    const target = result.subarray(row * units, (row + 1) * units);
    if (bias) target.set(bias.values);
    for (let input = 0; input < inputs; input += 1) {
      const factor = value.data[row * inputs + input];
      for (let unit = 0; unit < units; unit += 1) target[unit] += factor * weight.values[input * units + unit];
    }
  }
  return { shape: [...value.shape.slice(0, -1), units], data: result.map(ACTIVATIONS[activation]) };
}

/** Multi-head attention of rows on the rows of a memory; causal where each row sees itself and those before it alone. */
function attend(queries, memory, heads, tensor, isCausal) {
  const query = product(queries, tensor('query.weight'), tensor('query.bias'));
  const [key, value] = [product(memory, tensor('key.weight')), product(memory, tensor('value.weight'))];
  const width = widthOf(query.shape);
  const part = width / heads;
  const [rows, length] = [query.data.length / width, key.data.length / width];
  const found = new Float64Array(query.data.length);
  const shares = new Float64Array(length);
  for (let row = 0; row < rows; row += 1) {
    const seen = isCausal ? row + 1 : length;
    for (let first = 0; first < width; first += part) {
      for (let at = 0; at < seen; at += 1) {
        shares[at] = 0;
        for (let place = first; place < first + part; place += 1) {
          shares[at] += query.data[row * width + place] * key.data[at * width + place];
        }
        shares[at] /= Math.sqrt(part);
      }
      softmax(shares.subarray(0, seen));
      for (let at = 0; at < seen; at += 1) {
        for (let place = first; place < first + part; place += 1) {
          found[row * width + place] += shares[at] * value.data[at * width + place];
        }
      }
    }
  }
  return product({ shape: query.shape, data: found }, tensor('output.weight'), tensor('output.bias'));
}

function softmax(values) {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  values.forEach((value, place) => { values[place] = Math.exp(value - largest); });
  const sum = values.reduce((a, b) => a + b, 0);
  values.forEach((value, place) => { values[place] = value / sum; });
}

function attentionTensors(node, [query, memory = query], shape) {
  const [width, from] = [widthOf(shape), widthOf(memory)];
  return {
    'query.weight': [width, width], 'query.bias': [width], 'key.weight': [from, width], 'value.weight': [from, width],
    'output.weight': [width, width], 'output.bias': [width],
  };
}

function checkHeads(heads, width) {
  if (heads < 1 || width % heads !== 0) throw new Malformed(`${heads} heads do not divide the width of ${width}`);
}

/** Two values of one shape made one, or a value and a vector that goes with each of its rows. */
function joined(join) {
  return {
    operands: [2, 2],
    shape: (node, [left, right]) => {
      expect(String(left) === String(right) || (right.length === 1 && right[0] === widthOf(left)), 'two values that do not fit');
      return left;
    },
    run: (node, [left, right]) => {
      const data = left.data.map((value, place) => join(value, right.data[place % right.data.length]));
      return { shape: left.shape, data };
    },
  };
}

/** What is computed over the rows of a sequence, column by column. */
function overRows(compute) {
  return {
    operands: [1, 1],
    shape: (node, [value]) => {
      expect(value.length === 2, 'one sequence');
      return value.slice(1);
    },
    run: (node, [value], tensor) => {
      const [rows, width] = [value.data.length / widthOf(value.shape), widthOf(value.shape)];
      const column = (place) => Array.from({ length: rows }, (_, row) => value.data[row * width + place]);
      return { shape: [width], data: Float64Array.from({ length: width }, (_, place) => compute(column(place), tensor)) };
    },
  };
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values) => meanOf(values.map((value) => (value - meanOf(values)) ** 2));

/** A learned vector for each row of a sequence, by its place from one of the two ends. */
function placed(rowOf) {
  return {
    operands: [1, 1],
    shape: (node, [value]) => {
      expect(value.length === 2, 'one sequence');
      return value;
    },
    tensors: (node, operands, shape) => ({ embedding: shape }),
    run: (node, [value], tensor) => {
      const { values } = tensor('embedding');
      const width = widthOf(value.shape);
      const data = Float64Array.from(value.data);
      eachRow({ shape: value.shape, data }, (row, place) => {
        const from = rowOf(place, data.length / width) * width;
        row.forEach((_, column) => { row[column] += values[from + column]; });
      });
      return { shape: value.shape, data };
    },
  };
}

const same = (node, [value]) => value;

/** What a normalization adds to the variance; no number where the setting is none. */
function epsilonOf(node) {
  const value = node.setting('epsilon', 1e-5);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : NaN;
}

export const OPERATIONS = {
  dense: {
    operands: [1, 1],
    settings: ['units', 'activation', 'dynamic'],
    shape: (node, [value]) => {
      if (!Object.hasOwn(ACTIVATIONS, node.setting('activation', 'identity'))) throw new Malformed('its activation is not known');
      return [...value.slice(0, -1), node.size('units')];
    },
    tensors: (node, [value], shape) => ({ weight: [widthOf(value), widthOf(shape)], bias: [widthOf(shape)] }),
    run: (node, [value], tensor) => product(value, tensor('weight'), tensor('bias'), node.setting('activation', 'identity')),
  },
  layerNorm: {
    operands: [1, 1],
    settings: ['epsilon'],
    shape: (node, [value]) => {
      const epsilon = epsilonOf(node);
      if (!(epsilon >= 1e-30 && epsilon <= 1)) throw new Malformed('its epsilon must be a number from 1e-30 to 1');
      return value;
    },
    tensors: (node, operands, shape) => ({ scale: [widthOf(shape)], bias: [widthOf(shape)] }),
    run: (node, [value], tensor) => {
      const [scale, bias] = [tensor('scale').values, tensor('bias').values];
      const data = Float64Array.from(value.data);
      const epsilon = epsilonOf(node);
      eachRow({ shape: value.shape, data }, (row) => {
        const [mean, deviation] = [meanOf(row), Math.sqrt(varianceOf(row) + epsilon)];
        row.forEach((x, place) => { row[place] = ((x - mean) / deviation) * scale[place] + bias[place]; });
      });
      return { shape: value.shape, data };
    },
  },
  standardize: {
    operands: [1, 1],
    shape: same,
    tensors: (node, operands, shape) => ({ mean: [widthOf(shape)], scale: [widthOf(shape)] }),
    run: (node, [value], tensor) => {
      const [mean, scale] = [tensor('mean').values, tensor('scale').values];
      return { shape: value.shape, data: value.data.map((x, place) => (x - mean[place % mean.length]) * scale[place % mean.length]) };
    },
  },
  flatten: {
    operands: [1, 1],
    shape: (node, [value]) => [size(value)],
    run: (node, [value]) => ({ shape: [value.data.length], data: value.data }),
  },
  dropout: { operands: [1, 1], settings: ['rate'], shape: same, run: (node, [value]) => value },
  personal: {
    operands: [0, 0],
    settings: ['width'],
    shape: (node) => [node.size('width')],
    tensors: (node, operands, shape) => ({ bias: shape }),
    run: (node, values, tensor) => ({ shape: tensor('bias').shape, data: Float64Array.from(tensor('bias').values) }),
  },
  position: placed((place, length) => length - 1 - place),
  order: placed((place) => place),
  mean: overRows(meanOf),
  spread: overRows((column) => Math.sqrt(varianceOf(column) + 1e-8)),
  last: overRows((column) => column[column.length - 1]),
  weightedSum: {
    ...overRows((column, tensor) => {
      const { values } = tensor('weight');
      return column.reduce((sum, value, place) => sum + value * values[column.length - 1 - place], 0);
    }),
    tensors: (node, [value]) => ({ weight: [value[0]] }),
  },
  add: joined((left, right) => left + right),
  multiply: joined((left, right) => left * right),
  concatenate: {
    operands: [2, 64],
    shape: (node, operands) => {
      expect(operands.every((shape) => shape.length === 1), 'vectors');
      return [operands.reduce((sum, [width]) => sum + width, 0)];
    },
    run: (node, values) => {
      const data = Float64Array.from(values.flatMap((value) => [...value.data]));
      return { shape: [data.length], data };
    },
  },
  dot: {
    operands: [2, 2],
    shape: (node, [left, right]) => {
      expect(left.length === 1 && String(left) === String(right), 'two vectors of one width');
      return [1];
    },
    run: (node, [left, right]) => ({ shape: [1], data: Float64Array.of(left.data.reduce((sum, x, at) => sum + x * right.data[at], 0)) }),
  },
  attention: {
    operands: [2, 2],
    settings: ['heads'],
    shape: (node, [query, memory]) => {
      expect(query.length === 1 && memory.length === 2, 'a vector and a sequence');
      checkHeads(node.size('heads'), query[0]);
      return query;
    },
    tensors: attentionTensors,
    run: (node, [query, memory], tensor) => attend(query, memory, node.size('heads'), tensor, false),
  },
  selfAttention: {
    operands: [1, 1],
    settings: ['heads'],
    shape: (node, [value]) => {
      expect(value.length === 2, 'one sequence');
      checkHeads(node.size('heads'), value[1]);
      return value;
    },
    tensors: attentionTensors,
    run: (node, [value], tensor) => attend(value, value, node.size('heads'), tensor, true),
  },
  gru: {
    operands: [1, 1],
    settings: ['units'],
    shape: (node, [value]) => {
      expect(value.length === 2, 'one sequence');
      return [value[0], node.size('units')];
    },
    tensors: (node, [value], shape) => {
      const gates = 3 * shape[1];
      return {
        'input.weight': [value[1], gates], 'input.bias': [gates], 'recurrent.weight': [shape[1], gates], 'recurrent.bias': [gates],
      };
    },
    run: (node, [value], tensor) => {
      const units = node.size('units');
      const inputs = product(value, tensor('input.weight'), tensor('input.bias')).data;
      const states = new Float64Array(inputs.length / 3);
      let state = new Float64Array(units);
      for (let step = 0; step < states.length / units; step += 1) {
        const own = product({ shape: [units], data: state }, tensor('recurrent.weight'), tensor('recurrent.bias')).data;
        const before = state;
        state = before.map((x, unit) => {
          const [reset, update, fresh] = [0, 1, 2].map((gate) => inputs[step * 3 * units + gate * units + unit]);
          const candidate = Math.tanh(fresh + sigmoid(reset + own[unit]) * own[2 * units + unit]);
          return candidate + sigmoid(update + own[units + unit]) * (x - candidate);
        });
        states.set(state, step * units);
      }
      return { shape: [states.length / units, units], data: states };
    },
  },
};

/** How many values a shape has. */
export const sizeOf = size;
