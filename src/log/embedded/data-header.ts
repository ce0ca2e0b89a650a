// Looks at the first bytes of LMDB's data file before LMDB does: its library ends the process on a file that is not
// its own instead of raising an error.
//
//   page 0 and page 1 (of `page size` bytes each), little-endian
//     24  uint32  magic 0xBEEFC0DE
//     28  uint16  version of the format, 2
//     48  uint32  page size

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const magic = 0xbeefc0de;
const version = 2;
const headerBytes = 52;

/** What is wrong with `data.mdb` in the folder; undefined when it is missing, empty or LMDB's own. */
export function dataHeaderFault(folder: string): string | undefined {
  let file: number;
  try {
    file = openSync(join(folder, 'data.mdb'), 'r');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : String(error);
  }
  try {
    const size = fstatSync(file).size;
    if (size === 0) return undefined;
    const first = headerAt(file, 0);
    const fault = headerFault(first);
    if (fault !== undefined) return `page 0 of data.mdb ${fault}`;
    const pageBytes = first.readUInt32LE(48);
    if (size < 2 * pageBytes) return `data.mdb is cut after ${size} bytes`;
    const second = headerFault(headerAt(file, pageBytes));
    return second === undefined ? undefined : `page 1 of data.mdb ${second}`;
  } finally {
    closeSync(file);
  }
}

function headerAt(file: number, offset: number): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  readSync(file, bytes, 0, headerBytes, offset);
  return bytes;
}

function headerFault(header: Buffer): string | undefined {
  if (header.readUInt32LE(24) !== magic) return 'does not have the mark of an LMDB file';
  const found = header.readUInt16LE(28);
  return found === version ? undefined : `has LMDB format ${found}, not ${version}`;
}
