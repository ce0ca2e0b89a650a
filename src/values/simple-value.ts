// Values that are objects to JavaScript and plain to Cypher: temporal ones, points, byte arrays. One look tells them from lists and maps.

export abstract class SimpleValue {}

/** Bytes as one value: what Bolt sends as such. */
export class CypherBytes extends SimpleValue {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }
}

/** By the bytes, then by length; 0 exactly for the same ones. */
export function compareBytes(a: CypherBytes, b: CypherBytes): number {
  return Buffer.compare(a.bytes, b.bytes);
}
