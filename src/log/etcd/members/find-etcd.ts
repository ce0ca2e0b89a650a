// Which etcd a managed member runs: the one that is set, or the first of PATH and the usual places. Any version from
// 3.4 on is taken.

import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export interface EtcdBinary {
  readonly path: string;
  /** Such as '3.4.23'. */
  readonly version: string;
  /** Its second number: 4 of 3.4.23. */
  readonly minor: number;
}

/** There is no etcd here, or not one that can be used. The message says how to install one. */
export class EtcdMissing extends Error {
  override readonly name = 'EtcdMissing';
}

const usualFolders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/etcd', '/opt/etcd/bin', '/snap/bin'];
const minorMin = 4;
const howToInstall = `Install it with \`apt-get install etcd-server\` (Debian, Ubuntu) or \`brew install etcd\` (macOS), or unpack a release of https://github.com/etcd-io/etcd/releases and
name its etcd in the setting log.etcd.member.binary, or have it in PATH. Its own service is not needed: \`systemctl disable --now etcd\`.`;

export function findEtcd(setting?: string, searchPath = process.env.PATH ?? ''): EtcdBinary {
  const places =
    setting === undefined ? [...searchPath.split(path.delimiter).filter(Boolean), ...usualFolders].map((folder) => path.join(folder, 'etcd')) : [setting];
  const found = places.find(isExecutable);
  if (found === undefined) {
    const looked =
      setting === undefined
        ? 'etcd is not installed here (neither in PATH nor in the usual places)'
        : `there is no program ${setting} (log.etcd.member.binary)`;
    throw new EtcdMissing(`The log on etcd needs etcd 3.${minorMin} or newer, and ${looked}.\n${howToInstall}`);
  }
  return versionOf(found);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(file: string): EtcdBinary {
  let said: string;
  try {
    said = execFileSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new EtcdMissing(`${file} --version failed: ${(error as Error).message}`);
  }
  const [, version, major, minor] = /etcd Version: ((\d+)\.(\d+)\.\S+)/.exec(said) ?? [];
  if (version === undefined) throw new EtcdMissing(`${file} does not say that it is etcd.\n${howToInstall}`);
  if (Number(major) !== 3 || Number(minor) < minorMin) throw new EtcdMissing(`${file} is etcd ${version}; 3.${minorMin} or newer is needed.\n${howToInstall}`);
  return { path: file, version, minor: Number(minor) };
}
