// The handshake from the server's side, however its bytes are cut. Whoever begins with something else than Bolt is
// a stranger; one who speaks HTTP is told where they are.

import { MalformedBytes } from '../base/bytes.js';
import { type BoltVersion, beginsHandshake, chooseVersion, HANDSHAKE_BYTES, manifestAnswer, readManifestChoice, versionAnswer } from '../wire/handshake.js';

export type Greeted =
  | { readonly kind: 'unfinished'; readonly answer: Uint8Array | undefined }
  /** `rest`: what came behind the handshake. */
  | { readonly kind: 'version'; readonly version: BoltVersion; readonly answer: Uint8Array | undefined; readonly rest: Uint8Array }
  /** To be closed once `answer` is sent. */
  | { readonly kind: 'stranger'; readonly answer: Uint8Array | undefined };

const unfinished: Greeted = { kind: 'unfinished', answer: undefined };

export class Greeting {
  #bytes: Uint8Array;
  #manifest: boolean;

  constructor() {
    this.#bytes = new Uint8Array(0);
    this.#manifest = false;
  }

  receive(bytes: Uint8Array): Greeted {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (this.#manifest) return this.#choice(undefined);
    if (!beginsHandshake(this.#bytes)) return { kind: 'stranger', answer: answerToHttp(this.#bytes) };
    if (this.#bytes.length < HANDSHAKE_BYTES) return unfinished;
    const version = chooseVersion(this.#bytes);
    this.#bytes = this.#bytes.subarray(HANDSHAKE_BYTES);
    if (version === undefined) return { kind: 'stranger', answer: versionAnswer(undefined) };
    if (version !== 'manifest') return { kind: 'version', version, answer: versionAnswer(version), rest: this.#bytes };
    this.#manifest = true;
    return this.#choice(manifestAnswer);
  }

  #choice(answer: Uint8Array | undefined): Greeted {
    try {
      const choice = readManifestChoice(this.#bytes);
      if (choice === undefined) return { kind: 'unfinished', answer };
      return { kind: 'version', version: choice.version, answer, rest: this.#bytes.subarray(choice.length) };
    } catch (error) {
      if (error instanceof MalformedBytes) return { kind: 'stranger', answer: undefined };
      throw error;
    }
  }
}

const HTTP_METHOD = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT) /;
const TELL = 'This port speaks Bolt, not HTTP. Send HTTP requests to the HTTP port of this server (http.listen; 7474 by default).\n';

function answerToHttp(bytes: Uint8Array): Uint8Array | undefined {
  if (!HTTP_METHOD.test(Buffer.from(bytes.subarray(0, 8)).toString('latin1'))) return undefined;
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(TELL)}\r\nConnection: close\r\n\r\n`;
  return Buffer.from(head + TELL);
}
