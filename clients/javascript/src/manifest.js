import { bytesOf, byBytes, hexadecimal, sha256 } from './bytes.js';
import { Untrusted, Unusable } from './errors.js';
import { Fields } from './fields.js';
import { canonical, Malformed, parseObject } from './json.js';
import { line } from './trust.js';

/** Name of the file with static and global dynamic weights. */
export const DEVICE = 'device.safetensors';
/** Name of the file with raw ids. */
export const VOCABULARY = 'vocabulary.tsv';
/** Name of the file with the model for other runtimes. */
export const ONNX = 'model.onnx';

const MANIFEST_BYTES = 1 << 20;
const LARGEST = 2 ** 31 - 1;
const FILE_BYTES = new Map([
  [DEVICE, 256 << 20], [VOCABULARY, 64 << 20], ['gate.safetensors', 1 << 20], ['switcher.safetensors', 1 << 20],
  ['prompt.safetensors', 4 << 20], ['basis.safetensors', 256 << 20]]);
const ROLES = ['device', 'generator', 'vocabulary', 'gate', 'switcher', 'prompt', 'basis'];

/** Whether a model or a file may have a name: 1 to 64 letters, digits, '-', '_' and '.', not starting with '.'. */
export const isPlain = (name) => /^(?!\.)[A-Za-z0-9._-]{1,64}$/.test(name);

/**
 * The contents of a bundle's `manifest.json`, checked as far as a device needs it. Make one with `Manifest.read`.
 *
 * `name`, `version`, `digest` (the SHA-256 of its bytes, in hexadecimal), `items` (0 where the model reads vectors), `window` (recent
 * samples that the service reads; 0 where it has no generator for this version), `files` (a Map of name to `{ bytes, sha256 }`) and
 * `architecture` (`Fields`).
 */
export class Manifest {
  /**
   * Reads and checks a manifest whose signature was checked: size, fields, names and roles of files, sizes, and the version.
   *
   * @param {Uint8Array} body The manifest as it came.
   * @param {string} model The name that the model must have.
   * @throws {Unusable} It cannot be used; the message says which field is wrong.
   */
  static async read(body, model) {
    try {
      if (body.length > MANIFEST_BYTES) throw new Malformed(`it has ${body.length} bytes, the limit is ${MANIFEST_BYTES}`);
      const fields = new Fields(parseObject(body));
      const manifest = new Manifest(fields, model);
      manifest.digest = hexadecimal(await sha256(body));
      if ((await versionOf(fields, manifest.files)) !== manifest.version) {
        throw new Malformed('its version is not that of its contents; fetch the bundle again');
      }
      return manifest;
    } catch (error) {
      throw error instanceof Malformed ? new Unusable('the manifest', error.message) : error;
    }
  }

  constructor(fields, model) {
    fields.whole('format', 1, 2);
    this.name = fields.text('name');
    if (!isPlain(this.name) || this.name !== model) throw new Malformed(`it is that of the model '${this.name}'`);
    this.version = fields.text('version');
    const hasOutputs = fields.has('outputs');
    if (hasOutputs) checkOutputs(fields.fields('outputs'));
    this.items = fields.whole('items', hasOutputs ? 0 : 1, LARGEST - 1);
    this.window = fields.has('generator') ? windowOf(fields.fields('generator')) : 0;
    this.architecture = fields.fields('architecture');
    const nodes = this.architecture.elements('nodes').length;
    if (nodes < 1 || nodes > 1024) throw new Malformed(`the number of architecture.nodes is ${nodes}`);
    this.files = filesOf(fields.fields('files'));
  }

  /**
   * Checks a file's size and digest.
   *
   * @throws {Untrusted} It is another than the manifest's.
   * @throws {Unusable} The manifest does not list it.
   */
  async checkFile(file, contents) {
    const entry = this.files.get(file);
    if (!entry) throw new Unusable('the manifest', `it does not list ${file}`);
    if (contents.length !== entry.bytes || hexadecimal(await sha256(contents)) !== entry.sha256) {
      throw new Untrusted(file, "its size or digest is not the manifest's");
    }
  }
}

function windowOf(generator) {
  const bytes = bytesOf(generator.text('form')).length;
  if (bytes < 1 || bytes > 64) throw new Malformed(`generator.form has ${bytes} bytes; it may have 1 to 64`);
  generator.whole('width', 1, 4096);
  generator.whole('rank', 1, 4096);
  if (generator.has('helps')) {
    const helps = generator.fields('helps');
    helps.whole('samples', 0, LARGEST);
    if (helps.has('seconds')) helps.whole('seconds', 0, LARGEST);
  }
  return generator.whole('window', 1, 10_000);
}

function checkOutputs(outputs) {
  if (!['classification', 'regression'].includes(outputs.text('kind'))) {
    throw new Malformed("outputs.kind must be 'classification' or 'regression'");
  }
  const names = outputs.elements('names');
  const areTexts = names.every((name) => typeof name === 'string' && bytesOf(name).length <= 1024);
  if (!areTexts || new Set(names).size !== names.length) {
    throw new Malformed('outputs.names holds texts of up to 1024 bytes, each once');
  }
  if (names.length < 1 || names.length > 65_536) throw new Malformed(`the number of outputs.names is ${names.length}`);
}

function filesOf(fields) {
  const count = fields.members.size;
  if (count < 1 || count > 64) throw new Malformed(`the number of files is ${count}; it must be from 1 to 64`);
  const [files, known] = [new Map(), new Set()];
  for (const file of fields.members.keys()) {
    // Two names that differ in case alone are one file on some disks.
    if (!isPlain(file) || ['manifest.json', 'provenance.json'].includes(file) || known.has(file.toLowerCase())) {
      throw new Malformed(`it lists a file '${file}', which no file may be called, or twice`);
    }
    known.add(file.toLowerCase());
    const entry = fields.fields(file);
    const bytes = entry.whole('bytes', 0, FILE_BYTES.get(file) ?? 2 ** 40);
    files.set(file, { bytes, sha256: entry.text('sha256') });
    if (entry.has('role')) checkRole(file, entry.text('role'));
  }
  for (const needed of [DEVICE, VOCABULARY]) {
    if (!files.has(needed)) throw new Malformed(`it does not list ${needed}`);
  }
  return files;
}

function checkRole(file, role) {
  for (const known of ROLES) {
    const only = known + (known === 'vocabulary' ? '.tsv' : '.safetensors');
    if ((known === role) !== (only === file)) {
      throw new Malformed(`it gives the file '${file}' the role '${role}', which is another's`);
    }
  }
}

async function versionOf(fields, files) {
  if (fields.whole('format') === 1) {
    const names = [...files.keys()].sort(byBytes);
    return hexadecimal(await sha256(bytesOf(names.map((file) => `${file} ${files.get(file).sha256}\n`).join(''))));
  }
  const covered = new Map(fields.members);
  covered.delete('version');
  return hexadecimal(await sha256(line('bundle', '2'), canonical(covered)));
}
