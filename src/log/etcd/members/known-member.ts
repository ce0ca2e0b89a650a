// What a server keeps of its member outside etcd's own folder: the member's id once it has run, and the peer addresses
// of all members last seen. A member that has run never starts under its id on an empty folder (SAFETY 30): it has forgotten
// what it voted for.
//
//   etcd-member.json  {"memberId", "peerUrls"}

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Int64Text } from '../rpc/messages.js';

export interface KnownMember {
  /** Undefined: it is no member, or has not run yet. */
  readonly memberId: Int64Text | undefined;
  /** Of all members, where they were last. */
  readonly peerUrls: readonly string[];
}

export function readKnown(stateFolder: string): KnownMember {
  try {
    const { memberId, peerUrls } = JSON.parse(readFileSync(fileIn(stateFolder), 'utf8')) as { memberId?: string; peerUrls: string[] };
    return { memberId, peerUrls };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { memberId: undefined, peerUrls: [] };
    throw error;
  }
}

export function keepKnown(stateFolder: string, known: KnownMember): void {
  mkdirSync(stateFolder, { recursive: true });
  const file = fileIn(stateFolder);
  writeFileSync(`${file}.new`, `${JSON.stringify(known)}\n`);
  renameSync(`${file}.new`, file);
}

/** Whether etcd has written its log in the folder. */
export function hasData(dataFolder: string): boolean {
  return existsSync(path.join(dataFolder, 'member', 'wal'));
}

/** Of a member that was removed: what it has means nothing to a cluster that it is no part of. */
export function discardData(dataFolder: string): void {
  rmSync(dataFolder, { recursive: true, force: true });
}

function fileIn(stateFolder: string): string {
  return path.join(stateFolder, 'etcd-member.json');
}
