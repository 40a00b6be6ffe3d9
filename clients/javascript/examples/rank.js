// A page that ranks on the device. Its address says what it asks: rank.html?model=movies&key=ID=BASE64&publisher=ID=BASE64&app=APP-KEY, and
// &choose=A,B for choices to begin with. The page and the service must have one address; see ../README.md. A page of yours has the two
// keys in its own text: whoever can write them there decides whom it believes.
import { DeviceModel, PinnedKey, Service, Trust } from '../src/index.js';
import { deviceKey, keepRelease, knownRelease } from './kept.js';

const SAMPLES_BETWEEN_QUESTIONS = 5;
const SHOWN = 10;

const settings = new URLSearchParams(location.search);
const status = document.querySelector('#status');
const chosen = [];
let [service, version, model] = [null, null, null];

async function open() {
  const trust = new Trust([await pinned('key')], { publishers: [await pinned('publisher')] });
  const options = { appKey: settings.get('app'), device: await deviceKey(), release: knownRelease() };
  service = new Service(location.origin, settings.get('model') ?? '', trust, options);
  version = await service.version();
  keepRelease(version.release);
  model = new DeviceModel(version.manifest, version.layers);
  say('base');
  show();
  for (const item of (settings.get('choose') ?? '').split(',').filter(Boolean)) await choose(item);
}

function pinned(name) {
  const [id, key] = (settings.get(name) ?? '').split(/=(.*)/s);
  return PinnedKey.read(id, key ?? '');
}

async function choose(item) {
  chosen.push(item);
  show();
  if (chosen.length % SAMPLES_BETWEEN_QUESTIONS !== 0) return;
  try {
    const { tensors } = await service.parameters(version.manifest, version.layers, chosen.slice(-version.manifest.window));
    model.use(tensors);
    say('personal');
    show();
  } catch (error) {
    // What was in use ranks on.
    say('failed', error.message);
  }
}

function show() {
  const history = chosen.map((item) => version.vocabulary.index(item));
  const best = model.top(SHOWN, history, new Set(history)).map(([item]) => version.vocabulary.name(item));
  list('#best', best, (item) => {
    const button = document.createElement('button');
    button.append(item);
    button.addEventListener('click', () => choose(item));
    return button;
  });
  list('#chosen', [...chosen].reverse(), (item) => item);
}

function list(place, items, make) {
  document.querySelector(place).replaceChildren(...items.map((item) => {
    const line = document.createElement('li');
    line.append(make(item));
    return line;
  }));
}

function say(state, reason = '') {
  document.body.dataset.state = state;
  status.textContent = {
    base: `Version ${version?.manifest.version.slice(0, 8)}, signed by its publisher, and the same for everybody.`,
    personal: `Weights made of your last choices, signed for this page.`,
    failed: `What was there before ranks on: ${reason}`,
  }[state];
}

open().catch((error) => say('failed', error.message));
