/** What may go wrong; the message says what is wrong. Nothing else is thrown for what a service sends. */
export class ClientError extends Error {
  constructor(message) {
    super(message);
    this.name = new.target.name;
  }
}

/** An answer that no pinned key signed, a publisher's word that is old or has ended, or a file with another digest than the manifest's. */
export class Untrusted extends ClientError {
  constructor(what, reason) {
    super(`${what} cannot be trusted: ${reason}`);
  }
}

/** An answer that is what the service sent, and cannot be used. */
export class Unusable extends ClientError {
  constructor(what, reason) {
    super(`${what} cannot be used: ${reason}`);
  }
}

/** A text that is no public key. */
export class InvalidKey extends ClientError {
  constructor(id) {
    super(`the key '${id}' is not the base64 of 32 bytes; copy it from what \`metanetwork serve\` or \`metanetwork keys new\` prints`);
  }
}

/** A key that is pinned for the service and for the publisher. */
export class SharedKey extends ClientError {
  constructor(id) {
    super(`the publisher's key '${id}' is pinned for the service too; make one of its own with \`metanetwork keys new FILE --publisher\``);
  }
}

/** The service refused a request: `status`, `word` (what it calls the problem; null where it is not its own) and `fix`. */
export class Refused extends ClientError {
  constructor(status, detail, fix, word) {
    super(`the service answered ${status}: ${detail}${fix === null ? '' : `; ${fix}`}`);
    Object.assign(this, { status, detail, fix, word });
  }
}

/** No answer came, or not all of it. */
export class Unreachable extends ClientError {
  constructor(reason) {
    super(`the service cannot be reached: ${reason}`);
  }
}
