import { CLIENT } from './trust.js';

// The classes of the W3C's Device Memory in GiB, of which one is told: powers of two, so that few devices are told from others.
const CLASSES = [0.25, 0.5, 1, 2, 4, 8];
// How weights may be stored on the way: this client reads all of them.
const FORMATS = 'f32 f16 int8';

/** What the browser says of the memory, in GiB; null where it says nothing. */
export const deviceMemory = () => globalThis.navigator?.deviceMemory ?? null;

/**
 * The value of `MetaNetwork-Client` in a request for a manifest: with what the device can do.
 *
 * @param {number|null} memory The device's memory in GiB; null tells none.
 */
export function clientText(memory) {
  const distance = (size) => Math.abs(size - memory);
  const nearest = CLASSES.reduce((best, size) => distance(size) < distance(best) ? size : best);
  return `${CLIENT}${memory === null ? '' : `; memory=${nearest}`}; formats=${FORMATS}`;
}
