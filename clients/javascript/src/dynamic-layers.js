import { Unusable } from './errors.js';
import { Fields } from './fields.js';
import { Malformed } from './json.js';
import { DEVICE } from './manifest.js';
import { decode, areFinite, squares } from './safetensors.js';

const DEVICE_BYTES = 256 << 20;
const MAXIMUM_TENSORS = 10_000;

/**
 * The static weights of a version, and of them the layers that the service makes weights for: which tensors they have, of which
 * shapes, and the norms of the global ones. Make one with `DynamicLayers.read`.
 */
export class DynamicLayers {
  /**
   * Reads the weights of a version.
   *
   * @param {Manifest} manifest The version.
   * @param {Uint8Array} device Its file `DEVICE`.
   * @throws {ClientError} The file is not the manifest's, or lacks a tensor, or holds a value that is not finite.
   */
  static async read(manifest, device) {
    await manifest.checkFile(DEVICE, device);
    const { tensors } = decode(device, DEVICE, DEVICE_BYTES, MAXIMUM_TENSORS);
    for (const [name, tensor] of tensors) {
      if (!areFinite(tensor)) throw new Unusable(DEVICE, `tensor '${name}' has a value that is not a finite number`);
    }
    try {
      return new DynamicLayers(manifest.architecture.elements('nodes'), tensors);
    } catch (error) {
      throw error instanceof Malformed ? new Unusable('the manifest', error.message) : error;
    }
  }

  constructor(nodes, tensors) {
    this.weights = tensors;
    this.layers = [];
    for (const [place, element] of nodes.entries()) {
      const node = Fields.of(element, `architecture.nodes[${place}]`);
      const isVector = node.text('operation') === 'personal';
      if (isVector || node.flag('dynamic')) this.layers.push(layerOf(node.text('name'), isVector, tensors));
    }
  }
}

function layerOf(name, isVector, weights) {
  const tensors = new Map();
  let [sum, outputs] = [0, 0];
  for (const role of isVector ? ['bias'] : ['weight', 'bias']) {
    const tensor = weights.get(`${name}.${role}`);
    if (!tensor || tensor.shape.length !== (role === 'bias' ? 1 : 2)) {
      throw new Unusable(DEVICE, `it has no tensor '${name}.${role}', or one of another shape`);
    }
    tensors.set(`${name}.${role}`, tensor.shape);
    sum += squares(tensor);
    outputs = tensor.values.length;
  }
  // A global layer of zeros must not forbid every other; a personal vector is measured by one of ones.
  return { name, tensors, norm: Math.sqrt(sum), least: isVector ? Math.sqrt(outputs) : 1 };
}
