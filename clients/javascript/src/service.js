import { joined } from './bytes.js';
import { Unreachable, Unusable } from './errors.js';
import { DeviceKey } from './device-key.js';
import { DynamicLayers } from './dynamic-layers.js';
import { DEVICE, ONNX, VOCABULARY } from './manifest.js';
import { checkManifest, checkUnchanged } from './manifest-check.js';
import {
  eventsRequest, freshId, parametersRequest, readChallenge, readToken, refusalOf, SMALL_ANSWER, tokenRequest,
} from './messages.js';
import { checkParameters, NORM_BOUND, PARAMETERS_BYTES } from './parameters.js';
import { RELEASE_HEADER, ReleaseStatement } from './release.js';
import { clientText, deviceMemory } from './capability.js';
import { ACCEPT_HEADER, ACCEPTED, CLIENT, CLIENT_HEADER, SIGNATURE_HEADER } from './trust.js';
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
   * @param {{appKey?: string, device?: DeviceKey|string, release?: string|null, normBound?: number, memory?: number|null,
   *   fetch?: typeof fetch, now?: () => number}} settings The app's key, where the service asks for tokens. What the app keeps: the key of this installation, or
   *   a random id where the service asks for no proof, and the publisher's last statement (`release.kept()` of `version`). The memory in
   *   GiB that requests for a manifest tell, rounded; null tells none. How requests are sent, and the clock, in seconds since 1970.
   * @throws {Unusable} What was kept is no statement about the model.
   */
  constructor(server, model, trust, {
    appKey = null, device = freshId(), release = null, normBound = NORM_BOUND, memory = deviceMemory(),
    fetch = globalThis.fetch, now = () => Date.now() / 1000,
  } = {}) {
    Object.assign(this, { server: String(server).replace(/\/$/, ''), model, trust, appKey, normBound, memory, now, token: null });
    [this.device, this.key] = device instanceof DeviceKey ? [device.id, device] : [device, null];
    this.known = release === null ? null : ReleaseStatement.parse(release, model);
    this.send = (...request) => fetch(...request);
  }

  /**
   * The current version: its manifest, its weights with their dynamic layers, the raw ids of its items, and what its publisher says of it,
   * for the app to keep (`release.kept()`); `release` is null where the app pins no publisher.
   *
   * @param {Manifest|null} current That of the version in use. Where it is still the current one, `layers` and `vocabulary` are null: use
   *   on what is there.
   * @throws {ClientError} No answer, an error of the service, or something that nobody signed whom the app pins. What was in use is good.
   */
  async version(current = null) {
    const headers = { [CLIENT_HEADER]: clientText(this.memory) };
    if (current !== null) headers['If-None-Match'] = `"${current.version}"`;
    const answer = await this.ask('GET', `models/${this.model}`, { headers, limit: MANIFEST_BYTES });
    if (answer.status === 304) {
      const release = this.keep(await checkUnchanged(answer.release, current, this.trust, this.known, this.now()));
      return { manifest: current, layers: null, vocabulary: null, release };
    }
    const { manifest, release } = await checkManifest(answer, this.model, this.trust, this.known, this.now());
    const isCurrent = manifest.digest === current?.digest;
    const files = isCurrent ? { layers: null, vocabulary: null } : await this.files(manifest);
    return { manifest: isCurrent ? current : manifest, ...files, release: this.keep(release) };
  }

  /** Remembers a statement of a version that is there; of two questions the slower one may come with the older. */
  keep(release) {
    if (release !== null && release.counter >= (this.known?.counter ?? 0)) this.known = release;
    return release;
  }

  async files(manifest) {
    const [device, ids] = [await this.file(manifest, DEVICE), await this.file(manifest, VOCABULARY)];
    return { layers: await DynamicLayers.read(manifest, device), vocabulary: new Vocabulary(ids, manifest.items) };
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

  async ask(method, path, request = {}) {
    if (this.appKey !== null && this.token === null) await this.exchange();
    let answer = await this.exchanged(method, path, this.token, request);
    if (answer.status === 401 && this.appKey !== null) {
      await this.exchange();
      answer = await this.exchanged(method, path, this.token, request);
    }
    const isUnchanged = answer.status === 304 && 'If-None-Match' in (request.headers ?? {});
    if (answer.status !== 200 && !isUnchanged) throw refusalOf(answer.status, answer.body);
    return answer;
  }

  /** Exchanges the app's key for a token of this device. */
  async exchange() {
    const proof = this.key === null ? null : await this.proof();
    const answer = await this.exchanged('POST', 'tokens', this.appKey, { message: tokenRequest(this.device, proof) });
    if (answer.status !== 200) throw refusalOf(answer.status, answer.body);
    this.token = readToken(answer.body).token;
  }

  /** Shows that the device has its key; null where the service, one of release 0.1, asks for nothing of the kind. */
  async proof() {
    const answer = await this.exchanged('POST', 'challenges', this.appKey);
    if ([404, 405].includes(answer.status)) return null;
    if (answer.status !== 200) throw refusalOf(answer.status, answer.body);
    return this.key.proof(readChallenge(answer.body), Math.floor(1000 * this.now()));
  }

  async exchanged(method, path, bearer, { message = null, headers: more = {}, limit = SMALL_ANSWER } = {}) {
    const headers = { [ACCEPT_HEADER]: ACCEPTED, [CLIENT_HEADER]: CLIENT, ...more };
    if (message !== null) headers['Content-Type'] = 'application/json';
    if (bearer !== null) headers.Authorization = `Bearer ${bearer}`;
    try {
      // A token belongs to one host.
      const options = { method, headers, body: message ?? undefined, redirect: 'error', credentials: 'omit', cache: 'no-store' };
      const answer = await this.send(`${this.server}/v1/${path}`, options);
      const body = await read(answer, path, limit);
      const [signature, release] = [SIGNATURE_HEADER, RELEASE_HEADER].map((name) => answer.headers.get(name));
      return { status: answer.status, body, signature, release };
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
