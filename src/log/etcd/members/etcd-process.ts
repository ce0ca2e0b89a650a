// The process of a member: started so that it outlives this one (SAFETY 30), found again by what it was started with,
// stopped by its pid. At most one runs on a data folder: etcd locks it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const outputBytesMax = 16 * 1024 ** 2;
const lookEveryMs = 50;
const pidFile = 'etcd.pid';
const hasProc = existsSync('/proc/self/cmdline');

/** Its output goes to `etcd.log` in the state folder; the one before, when it was large, is kept beside it. */
export function spawnEtcd(binary: string, flags: readonly string[], stateFolder: string): ChildProcess {
  mkdirSync(stateFolder, { recursive: true });
  const file = path.join(stateFolder, 'etcd.log');
  if (existsSync(file) && statSync(file).size > outputBytesMax) renameSync(file, `${file}.before`);
  const output = openSync(file, 'a');
  // A process group of its own: Ctrl-C reaches it through its CORE alone.
  const [program = binary, ...before] = [...firstServed(), binary];
  const child = spawn(program, [...before, ...flags], { detached: true, stdio: ['ignore', output, output], env: withoutEtcdSettings() });
  closeSync(output);
  child.unref();
  if (child.pid !== undefined) writeFileSync(path.join(stateFolder, pidFile), `${child.pid}\n`);
  return child;
}

/**
 * On a busy machine a heartbeat that comes late ends in an election: members are served before others where that is allowed. Priority
 * is a thread's, so it has to be there before etcd makes its first: by `nice`, which becomes etcd.
 */
function firstServed(): readonly string[] {
  const nice = ['nice', '-n', '-10'];
  const { status, stderr } = spawnSync('nice', [...nice.slice(1), 'true'], { encoding: 'utf8' });
  return status === 0 && stderr === '' ? nice : [];
}

/** Pid of the etcd that runs on the data folder. */
export function runningEtcd(stateFolder: string, dataFolder: string): number | undefined {
  const kept = keptPid(stateFolder);
  if (kept !== undefined && wasStartedWith(kept, [`--data-dir=${dataFolder}`])) return kept;
  return allPids().find((pid) => wasStartedWith(pid, [`--data-dir=${dataFolder}`]));
}

/** False also when the process is gone. */
export function wasStartedWith(pid: number, flags: readonly string[]): boolean {
  const command = commandOf(pid);
  return command !== '' && flags.every((flag) => command.includes(` ${flag} `));
}

/** SIGTERM, and SIGKILL when that was not enough in time. Resolves when it is gone. */
export async function stopEtcd(pid: number, patienceMs = 5000): Promise<void> {
  signalEtcd(pid, 'SIGTERM');
  const end = performance.now() + patienceMs;
  for (let killed = false; commandOf(pid) !== ''; ) {
    if (!killed && performance.now() > end) {
      signalEtcd(pid, 'SIGKILL');
      killed = true;
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** A process that is gone already is no error. */
export function signalEtcd(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Program and arguments, each followed by a space; empty when the process is gone, or dead and not buried. */
function commandOf(pid: number): string {
  if (hasProc) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  const { status, stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && !stdout.includes('<defunct>') ? `${stdout.trim()} ` : '';
}

function keptPid(stateFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(path.join(stateFolder, pidFile), 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** None where there is no /proc: there the kept pid has to do. */
function allPids(): readonly number[] {
  return hasProc ? readdirSync('/proc').map(Number).filter(Number.isInteger) : [];
}

/** What the environment says to etcd would come beside the flags. */
function withoutEtcdSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_')));
}
