// The first bytes of a Bolt connection: a magic number and four proposals `00 range minor major`, where range
// says how many lower minors are meant too. The server answers with one version, or zeros. Versions are data.

export interface BoltVersion {
  readonly major: number;
  readonly minor: number;
  /** LOGON and LOGOFF are messages of their own (5.1). */
  readonly logon: boolean;
  /** Entities carry element ids (5.0). */
  readonly elementIds: boolean;
  /** TELEMETRY (5.4). */
  readonly telemetry: boolean;
  /** Clients may filter notifications (5.2). */
  readonly notificationFilter: boolean;
}

export const bolt54: BoltVersion = { major: 5, minor: 4, logon: true, elementIds: true, telemetry: true, notificationFilter: true };
export const bolt44: BoltVersion = { major: 4, minor: 4, logon: false, elementIds: false, telemetry: false, notificationFilter: false };

export const boltVersions: readonly BoltVersion[] = [bolt54, bolt44];

const MAGIC = [0x60, 0x60, 0xb0, 0x17];
export const HANDSHAKE_BYTES = 20;

/** Whether `bytes`, perhaps not all of them yet, may begin a Bolt handshake. */
export function beginsHandshake(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => index >= bytes.length || bytes[index] === byte);
}

/** The first of the client's proposals that we speak, its highest minor first. `handshake` has 20 bytes. */
export function chooseVersion(handshake: Uint8Array, spoken: readonly BoltVersion[] = boltVersions): BoltVersion | undefined {
  for (let at = 4; at < HANDSHAKE_BYTES; at += 4) {
    const range = handshake[at + 1] as number;
    const minor = handshake[at + 2] as number;
    const major = handshake[at + 3] as number;
    const within = spoken.filter((version) => version.major === major && version.minor <= minor && version.minor >= minor - range);
    const best = within.sort((a, b) => b.minor - a.minor)[0];
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The server's four bytes; undefined: none of the proposals. */
export function versionAnswer(version: BoltVersion | undefined): Uint8Array {
  return version === undefined ? new Uint8Array(4) : Uint8Array.of(0, 0, version.minor, version.major);
}

/** The client's twenty bytes, for up to four versions, best first. */
export function handshakeProposal(versions: readonly BoltVersion[] = boltVersions): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_BYTES);
  bytes.set(MAGIC);
  versions.slice(0, 4).forEach((version, index) => {
    bytes.set([0, 0, version.minor, version.major], 4 + index * 4);
  });
  return bytes;
}

/** The version in the server's answer; undefined for zeros or one that was not proposed. */
export function answeredVersion(answer: Uint8Array, proposed: readonly BoltVersion[] = boltVersions): BoltVersion | undefined {
  return proposed.find((version) => version.major === answer[3] && version.minor === answer[2]);
}
