// The package in Node.js, where the `crypto` and the `CryptoKey` of browsers are global from 20 on alone.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

export * from './index.js';
