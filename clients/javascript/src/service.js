import { joined } from './bytes.js';
import { Unreachable, Unusable } from './errors.js';
import { DynamicLayers } from './dynamic-layers.js';
import { DEVICE, Manifest, ONNX, VOCABULARY } from './manifest.js';
import {
  eventsRequest, freshId, parametersRequest, readToken, refusalOf, SMALL_ANSWER, tokenRequest,
} from './messages.js';
import { checkParameters, NORM_BOUND, PARAMETERS_BYTES } from './parameters.js';
import { ACCEPT_HEADER, ACCEPTED, SIGNATURE_HEADER } from './trust.js';
import { Vocabulary } from './vocabulary.js';

const MANIFEST_BYTES = 1 << 20;

/**
 * Asks a service, with `fetch`, and checks what it says. A page asks the service that it came from: the service allows no others
 * (CORS), so put both behind one address.
 */
export class Service {
  /**
   * @param {string|URL} server The address of the service.
   * @param {string} model The model's name.
   * @param {Trust} trust Whose answers are believed.
   * @param {{appKey?: string, device?: string, normBound?: number, fetch?: typeof fetch}} settings The app's key, where the service asks
   *   for tokens; the random id of this installation, which an app keeps; and how requests are sent.
   */
  constructor(server, model, trust, { appKey = null, device = freshId(), normBound = NORM_BOUND, fetch = globalThis.fetch } = {}) {
    Object.assign(this, { server: String(server).replace(/\/$/, ''), model, trust, appKey, device, normBound });
    this.send = (...request) => fetch(...request);
    this.token = null;
  }

  /**
   * The current version: its manifest, its weights with their dynamic layers, and the raw ids of its items.
   *
   * @throws {ClientError} No answer, an error of the service, or something that the pinned key did not sign.
   */
  async version() {
    const { body, signature } = await this.ask('GET', `models/${this.model}`, { limit: MANIFEST_BYTES });
    await this.trust.check(body, signature, 'manifest');
    const manifest = await Manifest.read(body, this.model);
    const [device, ids] = [await this.file(manifest, DEVICE), await this.file(manifest, VOCABULARY)];
    return { manifest, layers: await DynamicLayers.read(manifest, device), vocabulary: new Vocabulary(ids, manifest.items) };
  }

  /**
   * Personal weights for recent samples, checked.
   *
   * @param {Manifest} manifest The version in use.
   * @param {DynamicLayers} layers Its dynamic layers.
   * @param {string[]} samples Raw ids, oldest first; one at least.
   * @param {'f16'|'f32'|'int8'} format How they are stored on the way.
   * @throws {ClientError} As `version`; status 409 where the version is gone: read it anew.
   */
  async parameters(manifest, layers, samples, format = 'f16') {
    const nonce = freshId();
    const message = parametersRequest(manifest.version, samples, format, nonce);
    const { body, signature } = await this.ask('POST', `models/${this.model}/parameters`, { message, limit: PARAMETERS_BYTES });
    return checkParameters(body, signature, nonce, manifest, layers, this.trust, this.normBound);
  }

  /**
   * Shares what the user agreed to share.
   *
   * @param events As for `eventsRequest`.
   * @throws {ClientError} As `version`. Ids make events count once: send those that failed again.
   */
  async share(events) {
    await this.ask('POST', `models/${this.model}/events`, { message: eventsRequest(events) });
  }

  /**
   * The model of a version as ONNX, for ONNX Runtime Web, where it was published with one: `publish --onnx`.
   *
   * @throws {ClientError} As `version`; `Unusable` where the version has none.
   */
  async onnx(manifest) {
    return this.file(manifest, ONNX);
  }

  /** A file of a version, checked by the size and the digest in the signed manifest. */
  async file(manifest, name) {
    const path = `models/${this.model}/versions/${manifest.version}/${name.split('.')[0]}`;
    const entry = manifest.files.get(name);
    if (!entry) throw new Unusable('the version', `it has no ${name}`);
    const { body } = await this.ask('GET', path, { limit: Math.max(entry.bytes, SMALL_ANSWER) });
    await manifest.checkFile(name, body);
    return body;
  }

  async ask(method, path, { message = null, limit = SMALL_ANSWER } = {}) {
    if (this.appKey !== null && this.token === null) await this.exchange();
    let answer = await this.exchanged(method, path, message, limit, this.token);
    if (answer.status === 401 && this.appKey !== null) {
      await this.exchange();
      answer = await this.exchanged(method, path, message, limit, this.token);
    }
    if (answer.status !== 200) throw refusalOf(answer.status, answer.body);
    return answer;
  }

  /** Exchanges the app's key for a token of this device. */
  async exchange() {
    const answer = await this.exchanged('POST', 'tokens', tokenRequest(this.device), SMALL_ANSWER, this.appKey);
    if (answer.status !== 200) throw refusalOf(answer.status, answer.body);
    this.token = readToken(answer.body).token;
  }

  async exchanged(method, path, message, limit, bearer) {
    const headers = { [ACCEPT_HEADER]: ACCEPTED };
    if (message !== null) headers['Content-Type'] = 'application/json';
    if (bearer !== null) headers.Authorization = `Bearer ${bearer}`;
    try {
      // A token belongs to one host.
      const options = { method, headers, body: message ?? undefined, redirect: 'error', credentials: 'omit', cache: 'no-store' };
      const answer = await this.send(`${this.server}/v1/${path}`, options);
      const body = await read(answer, path, limit);
      return { status: answer.status, body, signature: answer.headers.get(SIGNATURE_HEADER) };
    } catch (error) {
      throw error instanceof TypeError ? new Unreachable(error.message) : error;
    }
  }
}

/** The body of an answer, unpacked where it came compressed, no longer than a limit: no more is read than that. */
async function read(answer, path, limit) {
  const pieces = [];
  const reader = answer.body?.getReader();
  for (let size = 0; reader;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    pieces.push(value);
    if (size > limit) {
      await reader.cancel();
      throw new Unusable(`the answer to ${path}`, `it has more than ${limit} bytes, the limit`);
    }
  }
  return joined(...pieces);
}
