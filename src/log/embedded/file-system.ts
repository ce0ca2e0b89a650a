// Refuses folders on network file systems: LMDB's locks and its memory map hold on one machine only (SAFETY 29).

import { statfsSync } from 'node:fs';

/** Magic numbers of statfs(2). */
const refused: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
]);

/** The name of the network file system that `type` stands for. The number may come sign-extended. */
export function networkFileSystem(type: number): string | undefined {
  return refused.get(type >>> 0);
}

/** Throws when the folder is on a network file system. */
export function refuseNetworkFileSystem(folder: string): void {
  const name = networkFileSystem(Number(statfsSync(folder).type));
  if (name === undefined) return;
  throw new Error(
    `The embedded log cannot live in ${folder}: it is on a network or user-space file system (${name}), whose locks and memory maps are not safe. Choose a folder on a local disk (log.embedded.folder).`,
  );
}
