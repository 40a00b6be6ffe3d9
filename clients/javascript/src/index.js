export { ClientError, InvalidKey, Refused, SharedKey, Unreachable, Untrusted, Unusable } from './errors.js';
export { ACCEPT_HEADER, ACCEPTED, CLIENT, CLIENT_HEADER, PinnedKey, SIGNATURE_HEADER, Trust } from './trust.js';
export { DEVICE, Manifest, ONNX, VOCABULARY } from './manifest.js';
export { RELEASE_HEADER, ReleaseStatement } from './release.js';
export { checkKept, checkManifest, checkUnchanged } from './manifest-check.js';
export { DeviceKey } from './device-key.js';
export { DynamicLayers } from './dynamic-layers.js';
export { checkParameters, NORM_BOUND, PARAMETERS_BYTES } from './parameters.js';
export { Vocabulary } from './vocabulary.js';
export {
  eventsRequest, freshId, inputEvent, parametersRequest, readChallenge, readToken, refusalOf, SMALL_ANSWER, tokenRequest,
} from './messages.js';
export { DeviceModel } from './device-model.js';
export { Service } from './service.js';
