import { fromBase64, hexadecimal, sha256 } from './bytes.js';
import { Untrusted } from './errors.js';
import { Manifest } from './manifest.js';
import { RELEASE_HEADER, ReleaseStatement } from './release.js';

/** How far a statement may lie ahead of the device's clock, in seconds. */
const TOLERANCE = 86_400;
const SIGNATURE_BYTES = 64;

const seconds = () => Date.now() / 1000;
const refused = (reason) => new Untrusted('the manifest', reason);

/**
 * Checks a manifest that came, and reads it: what its publisher says of it, or where the app pins none, the service's signature.
 *
 * @param {{body: Uint8Array, signature: string|null, release: string|null}} answer The body, unpacked, and the values of
 *   `SIGNATURE_HEADER` and `RELEASE_HEADER`; null where there was none.
 * @param {string} model The name that the model must have.
 * @param {Trust} trust Whose word is believed.
 * @param {ReleaseStatement|null} known The newest statement that this device has taken; null before the first.
 * @param {number} now Seconds since 1970 by the device's clock.
 * @returns {Promise<{manifest: Manifest, release: ReleaseStatement|null}>} The statement is to be kept once the version's files are
 *   there; null where the app pins no publisher.
 * @throws {Untrusted} Nobody whom the app pins signed it, it is older than `known`, or its word has ended.
 * @throws {Unusable} It is signed, and cannot be used.
 */
export async function checkManifest({ body, signature, release }, model, trust, known = null, now = seconds()) {
  const digest = hexadecimal(await sha256(body));
  const statement = await taken(release, digest, model, trust, known, now);
  if (statement === null) await trust.check(body, signature, 'manifest');
  return { manifest: await readManifest(body, model, statement), release: statement };
}

/**
 * Checks the word (304) that the version in use is the current one: only a signed one keeps somebody in between from holding a device back.
 *
 * @param {string|null} header The value of `RELEASE_HEADER`; null where there was none.
 * @param {Manifest} manifest That of the version in use.
 * @param {Trust} trust As in `checkManifest`, like what follows and what is returned.
 * @throws {Untrusted} As in `checkManifest`.
 */
export async function checkUnchanged(header, manifest, trust, known = null, now = seconds()) {
  const statement = await taken(header, manifest.digest, manifest.name, trust, known, now);
  checkVersion(statement, manifest.version);
  return statement;
}

/**
 * Checks a manifest that the app has kept, for example to start offline: its signature alone. What was taken once stays good, whatever
 * time it is, as long as its key is pinned.
 *
 * @param answer As in `checkManifest`, and as it came then; in place of `release` the header of a later 304 will do.
 * @throws {ClientError} As `checkManifest`.
 */
export async function checkKept({ body, signature, release }, model, trust) {
  const isPublished = trust.publishers.length > 0;
  const statement = isPublished ? await signed(release, hexadecimal(await sha256(body)), model, trust) : null;
  if (!isPublished) await trust.check(body, signature, 'manifest');
  return readManifest(body, model, statement);
}

async function readManifest(body, model, statement) {
  const manifest = await Manifest.read(body, model);
  checkVersion(statement, manifest.version);
  return manifest;
}

function checkVersion(statement, version) {
  if (statement !== null && statement.version !== version) {
    throw refused(`its publisher's statement is of version ${statement.version}`);
  }
}

/** What the publisher says, neither played again, nor one of two, nor stale; null where the app pins none. */
async function taken(header, digest, model, trust, known, now) {
  if (trust.publishers.length === 0) return null;
  const statement = await signed(header, digest, model, trust);
  if (known !== null) await checkOrder(statement, known);
  // A clock that was set back makes no old statement good.
  const time = Math.max(now, known?.issued ?? 0);
  if (statement.issued > time + TOLERANCE) {
    const hours = Math.floor((statement.issued - time) / 3600);
    throw refused(`its publisher signed it ${hours} hours from now; set this device's clock, or the publisher's`);
  }
  if (statement.expires <= Math.max(statement.issued, time)) {
    const hours = Math.floor((time - statement.expires) / 3600);
    throw refused(`its publisher's word for it ended ${hours} hours ago; it has to be signed anew`);
  }
  return statement;
}

/** A statement of its form that a pinned publisher signed. */
async function signed(header, digest, model, trust) {
  if (header === null) throw refused(`it has no header ${RELEASE_HEADER}; publish it with a publisher's key that this app pins`);
  const statement = ReleaseStatement.read(header, model, digest);
  if (statement === null) throw refused(`its header ${RELEASE_HEADER} is none`);
  const key = trust.publishers.find((one) => one.id === statement.key);
  if (!key) throw refused(`its publisher's key '${statement.key}' is not pinned in this app`);
  const signature = fromBase64(statement.signature);
  if (signature?.length !== SIGNATURE_BYTES || !(await key.signed(statement.message, signature))) {
    throw refused(`the signature of its publisher's key '${key.id}' does not fit it`);
  }
  return statement;
}

async function checkOrder(statement, known) {
  if (statement.counter < known.counter) {
    throw refused(`it is the publisher's statement ${statement.counter}, and this device has taken ${known.counter}: it is played again`);
  }
  const before = await known.digest();
  if (statement.counter === known.counter) {
    if ((await statement.digest()) !== before) {
      throw refused(`the publisher's counter ${statement.counter} was used twice, for another statement`);
    }
  } else if (statement.counter === known.counter + 1 && statement.previous !== before) {
    throw refused(`the publisher's statement ${statement.counter} does not follow the one that this device has: the log forks`);
  }
}
