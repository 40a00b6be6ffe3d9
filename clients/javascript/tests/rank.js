// Ranks histories for a test: node rank.js URL MODEL KEY-ID=BASE64 PUBLISHER-ID=BASE64 APP-KEY reads lists of ids as JSON and prints, for
// each, the scores of the catalogue with the base and with personal weights, by id.
import { text } from 'node:stream/consumers';

import { DeviceKey, DeviceModel, PinnedKey, Refused, Service, Trust, Untrusted } from '../src/node.js';

const [, , url, name, serviceKey, publisherKey, appKey] = process.argv;
const pinned = (printed) => PinnedKey.read(...printed.split(/=(.*)/s).slice(0, 2));
const stranger = (printed) => pinned(`${printed.split('=')[0]}=${'A'.repeat(43)}=`);
const [key, publisher, device] = [await pinned(serviceKey), await pinned(publisherKey), await DeviceKey.make()];
const trust = new Trust([key], { publishers: [publisher] });
const service = new Service(url, name, trust, { appKey, device });
const { manifest, layers, vocabulary, release } = await service.version();
const model = new DeviceModel(manifest, layers);
const ranked = [];
for (const history of JSON.parse(await text(process.stdin))) {
  const indices = history.map((item) => vocabulary.index(item));
  const scores = () => Object.fromEntries(model.top(manifest.items, indices).map(([item, score]) => [vocabulary.name(item), score]));
  model.use(null);
  const base = scores();
  model.use((await service.parameters(manifest, layers, history, 'f32')).tensors);
  ranked.push([base, scores()]);
}
await service.share([{ id: 'event-0001', item: vocabulary.name(1), time: 1_700_000_000 }]);

/** Fails unless the version is refused as it should be. */
async function expectRefusal(type, what, believed, settings) {
  const refusal = await new Service(url, name, believed, { appKey, device, ...settings }).version().catch((error) => error);
  if (!(refusal instanceof type)) throw new Error(`${what} was believed: ${refusal}`);
}
// At the next start, with what was kept: nothing has changed.
const again = await new Service(url, name, trust, { appKey, device, release: release.kept() }).version(manifest);
if (again.layers !== null || again.release.counter !== release.counter) throw new Error('what has not changed was fetched again');
await expectRefusal(Untrusted, "a stranger's key", new Trust([await stranger(serviceKey)]), {});
await expectRefusal(Untrusted, "a stranger's key for models", new Trust([key], { publishers: [await stranger(publisherKey)] }), {});
await expectRefusal(Untrusted, 'a publisher who had gone further', trust, { release: JSON.stringify({ ...release, counter: 9 }) });
await expectRefusal(Refused, 'a device without a key', trust, { device: 'a-random-id' });
console.log(JSON.stringify(ranked));
