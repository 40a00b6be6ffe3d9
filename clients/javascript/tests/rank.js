// Ranks histories for a test: node rank.js URL MODEL KEY-ID=BASE64 APP-KEY reads lists of ids as JSON and prints, for each, the scores of
// the catalogue with the base and with personal weights, by id.
import { text } from 'node:stream/consumers';

import { DeviceModel, PinnedKey, Service, Trust, Untrusted } from '../src/index.js';

const [, , url, name, key, appKey] = process.argv;
const [id, base64] = key.split(/=(.*)/s);
const service = new Service(url, name, new Trust(await PinnedKey.read(id, base64)), { appKey });
const { manifest, layers, vocabulary } = await service.version();
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
const stranger = new Service(url, name, new Trust(await PinnedKey.read(id, `${'A'.repeat(43)}=`)), { appKey });
const refusal = await stranger.version().catch((error) => error);
if (!(refusal instanceof Untrusted)) throw new Error(`a stranger's key was believed: ${refusal}`);
console.log(JSON.stringify(ranked));
