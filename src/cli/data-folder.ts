// The data folder of a cluster on one machine: what is kept between starts, and where.
//
//   password (0600)  secret (0600)  plan.json  cluster.json  cluster.pid  sample-loaded  log/  servers/NAME/

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from './cli-error.js';
import type { ClusterPlan } from './plan.js';

export interface ListedServer {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  readonly pid: number;
  /** host:port */
  readonly bolt: string;
  readonly http: string;
}

const PASSWORD_CHARACTERS_MIN = 8;

export class DataFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = path.resolve(root);
  }

  file(...parts: readonly string[]): string {
    return path.join(this.root, ...parts);
  }

  create(): void {
    mkdirSync(this.root, { recursive: true });
  }

  /** The kept password; undefined before the first start. */
  password(): string | undefined {
    return read(this.file('password'))?.trim();
  }

  /** At the first start the given one, or one made up; later always the kept one. */
  keepPassword(given: string | undefined): { readonly password: string; readonly madeUp: boolean } {
    const kept = this.password();
    if (kept !== undefined) return { password: kept, madeUp: false };
    const wanted = given ?? process.env.CAUSEWAY_PASSWORD;
    if (wanted !== undefined && wanted.length < PASSWORD_CHARACTERS_MIN)
      throw new CliError(`The password must have at least ${PASSWORD_CHARACTERS_MIN} characters.`);
    const password = wanted ?? randomBytes(12).toString('base64url');
    writeSecret(this.file('password'), `${password}\n`);
    return { password, madeUp: wanted === undefined };
  }

  keepSecret(): void {
    if (!existsSync(this.file('secret'))) writeSecret(this.file('secret'), `${randomBytes(32).toString('hex')}\n`);
  }

  /** Undefined before the first start. */
  plan(): ClusterPlan | undefined {
    const text = read(this.file('plan.json'));
    return text === undefined ? undefined : (JSON.parse(text) as ClusterPlan);
  }

  keepPlan(plan: ClusterPlan): void {
    writeAtomically(this.file('plan.json'), `${JSON.stringify(plan, undefined, 2)}\n`);
  }

  servers(): readonly ListedServer[] {
    const text = read(this.file('cluster.json'));
    if (text === undefined) throw new CliError(`There is no cluster in ${this.root}. Start one with: causeway cluster start --data ${this.root}`);
    return (JSON.parse(text) as { servers: ListedServer[] }).servers;
  }

  listServers(servers: readonly ListedServer[]): void {
    writeAtomically(this.file('cluster.json'), `${JSON.stringify({ servers }, undefined, 2)}\n`);
  }

  /** The process that keeps the cluster, if it lives. */
  keeper(): number | undefined {
    const pid = Number(read(this.file('cluster.pid')));
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
  }

  becomeKeeper(): void {
    writeAtomically(this.file('cluster.pid'), `${process.pid}\n`);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** Readers see the old file or the new one, never a part. */
export function writeAtomically(file: string, text: string): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}
