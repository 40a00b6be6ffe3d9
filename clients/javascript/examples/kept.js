// What the page keeps: the key of its device, and what the publisher said last.
import { DeviceKey } from '../src/index.js';

const RELEASE = 'metanetwork-release';

/** What an IndexedDB request gives. */
function done(request) {
  return new Promise((resolve, reject) => Object.assign(request, {
    onsuccess: () => resolve(request.result), onerror: () => reject(request.error),
    // A request to open a database that is not there yet.
    onupgradeneeded: () => request.result.createObjectStore('keys'),
  }));
}

/** The key of this browser, made at the first visit: its private half never leaves the browser's own store. */
export async function deviceKey() {
  const database = await done(indexedDB.open('metanetwork', 1));
  const fresh = (await DeviceKey.make()).kept;
  const keys = database.transaction('keys', 'readwrite').objectStore('keys');
  // Another page may be at it too: whoever comes first makes the key.
  const kept = (await done(keys.get('device'))) ?? fresh;
  if (kept === fresh) await done(keys.add(fresh, 'device'));
  database.close();
  return DeviceKey.of(kept);
}

/** The newest statement that this browser has taken; null before the first. */
export const knownRelease = () => localStorage.getItem(RELEASE);

/** Keeps a statement that was taken, unless another page has kept a newer one. */
export const keepRelease = (release) => localStorage.setItem(RELEASE, release.kept(knownRelease()));
