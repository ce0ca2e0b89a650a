// The first bytes of a Bolt connection: a magic number and four proposals `00 range minor major`, where range
// says how many lower minors are meant too. The server answers with one version, or zeros. Versions are data.
//
//   v1        client  60 60 B0 17, four proposals            server  the first proposal that it speaks
//   manifest  client  one proposal is 00 00 01 FF            server  00 00 01 FF, varint count, ranges, varint capabilities
//             client  00 00 minor major, varint capabilities; then messages
//
// Bolt 5.5 is never spoken: the protocol's own authors withdrew it.

import { MalformedBytes } from '../base/bytes.js';

/** What a version has, beyond what 4.4 had. */
export interface BoltVersion {
  readonly major: number;
  readonly minor: number;
  /** Entities carry element ids, and date-times count in UTC (5.0). */
  readonly elementIds: boolean;
  /** LOGON and LOGOFF are messages of their own (5.1). */
  readonly logon: boolean;
  /** Clients may filter notifications (5.2). */
  readonly notificationFilter: boolean;
  /** HELLO must name the driver in `bolt_agent` (5.3). */
  readonly boltAgent: boolean;
  /** TELEMETRY (5.4). */
  readonly telemetry: boolean;
  /** GQL status objects take the place of notifications (5.6). */
  readonly statuses: boolean;
  /** FAILURE carries a GQL status with its causes (5.7). */
  readonly gqlFailures: boolean;
  /** The home database is told, and the server's address (5.8). */
  readonly homeDatabase: boolean;
}

function spoken(major: number, minor: number): BoltVersion {
  const since = (firstMajor: number, firstMinor: number) => major > firstMajor || (major === firstMajor && minor >= firstMinor);
  return {
    major,
    minor,
    elementIds: since(5, 0),
    logon: since(5, 1),
    notificationFilter: since(5, 2),
    boltAgent: since(5, 3),
    telemetry: since(5, 4),
    statuses: since(5, 6),
    gqlFailures: since(5, 7),
    homeDatabase: since(5, 8),
  };
}

export const bolt58 = spoken(5, 8);
/** What servers speak between themselves (relay.ts). */
export const bolt54 = spoken(5, 4);
export const bolt44 = spoken(4, 4);

/** Newest first. */
export const boltVersions: readonly BoltVersion[] = [
  bolt58,
  spoken(5, 7),
  spoken(5, 6),
  bolt54,
  spoken(5, 3),
  spoken(5, 2),
  spoken(5, 1),
  spoken(5, 0),
  bolt44,
];

export function versionName(version: BoltVersion): string {
  return `${version.major}.${version.minor}`;
}

const MAGIC = [0x60, 0x60, 0xb0, 0x17];
const MANIFEST = Uint8Array.of(0, 0, 1, 0xff);
export const HANDSHAKE_BYTES = 20;

/** Whether `bytes`, perhaps not all of them yet, may begin a Bolt handshake. */
export function beginsHandshake(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => index >= bytes.length || bytes[index] === byte);
}

/** The first of the client's proposals that we speak, its highest minor first. `handshake` has 20 bytes. */
export function chooseVersion(handshake: Uint8Array): BoltVersion | 'manifest' | undefined {
  for (let at = 4; at < HANDSHAKE_BYTES; at += 4) {
    if (MANIFEST.every((byte, index) => handshake[at + index] === byte)) return 'manifest';
    const range = handshake[at + 1] as number;
    const minor = handshake[at + 2] as number;
    const major = handshake[at + 3] as number;
    const best = boltVersions.find((version) => version.major === major && version.minor <= minor && version.minor >= minor - range);
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The server's four bytes; undefined: none of the proposals. */
export function versionAnswer(version: BoltVersion | undefined): Uint8Array {
  return version === undefined ? new Uint8Array(4) : Uint8Array.of(0, 0, version.minor, version.major);
}

/** Runs of minors without a gap, as ranges; no capabilities are known yet. */
export const manifestAnswer: Uint8Array = Uint8Array.from([...MANIFEST, ...manifestRanges()]);

function manifestRanges(): readonly number[] {
  const ranges: number[][] = [];
  for (const { major, minor } of boltVersions) {
    const last = ranges.at(-1);
    const continues = last !== undefined && last[3] === major && (last[2] as number) - (last[1] as number) - 1 === minor;
    if (continues) last[1] = (last[1] as number) + 1;
    else ranges.push([0, 0, minor, major]);
  }
  return [ranges.length, ...ranges.flat(), 0];
}

const VARINT_BYTES_MAX = 10;

/**
 * The client's answer to the manifest: the version it chose, and how many bytes the answer has; undefined while
 * there are not enough. Raises MalformedBytes for a version that was not offered.
 */
export function readManifestChoice(bytes: Uint8Array): { readonly version: BoltVersion; readonly length: number } | undefined {
  let length = 4;
  while (length < bytes.length && (bytes[length] as number) >= 0x80) length++;
  if (length - 4 >= VARINT_BYTES_MAX) throw new MalformedBytes('a capability mask without an end');
  if (length >= bytes.length) return undefined;
  const version = bytes[0] === 0 && bytes[1] === 0 ? boltVersions.find(({ major, minor }) => major === bytes[3] && minor === bytes[2]) : undefined;
  if (version === undefined) throw new MalformedBytes('a Bolt version that was not offered');
  return { version, length: length + 1 };
}

/** The client's twenty bytes, for up to four versions, best first. */
export function handshakeProposal(versions: readonly BoltVersion[] = [bolt58, bolt54, bolt44]): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_BYTES);
  bytes.set(MAGIC);
  versions.slice(0, 4).forEach((version, index) => {
    bytes.set([0, 0, version.minor, version.major], 4 + index * 4);
  });
  return bytes;
}

/** The version in the server's answer; undefined for zeros or one that we do not speak. */
export function answeredVersion(answer: Uint8Array): BoltVersion | undefined {
  return boltVersions.find((version) => version.major === answer[3] && version.minor === answer[2]);
}
