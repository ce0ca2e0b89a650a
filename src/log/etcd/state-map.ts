// What this server has heard of `state/`: the graphs' states, the sessions and the servers' records. Each value has
// the revision it is of, and an older one never replaces a newer one, in whatever order answers and events arrive.

import type { GraphId, LiveServer, ServerRecord } from '../log.js';
import { type EtcdGraphState, emptyEtcdGraphState, type Keys, parseAlive, parseServer, withField } from './keys.js';
import type { KeyValue } from './rpc/messages.js';

interface Versioned {
  /** Undefined: the key is not there. */
  readonly value: Buffer | undefined;
  readonly revision: number;
}

export interface Touched {
  readonly graphs: ReadonlySet<GraphId>;
  readonly servers: boolean;
  readonly floors: boolean;
}

export class StateMap {
  readonly #keys: Keys;
  readonly #values = new Map<string, Versioned>();
  readonly #graphs = new Map<GraphId, EtcdGraphState>();
  #touchedGraphs = new Set<GraphId>();
  #serversTouched = false;
  #floorsTouched = false;
  #newestRevision = 0;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  get newestRevision(): number {
    return this.#newestRevision;
  }

  /** Whatever comes next is newer than what is known. */
  forgetRevisions(): void {
    this.#newestRevision = 0;
    for (const [key, { value }] of this.#values) this.#values.set(key, { value, revision: 0 });
  }

  put(key: Uint8Array, value: Buffer, revision: number): void {
    this.#set(Buffer.from(key).toString('latin1'), value, revision);
  }

  remove(key: Uint8Array, revision: number): void {
    this.#set(Buffer.from(key).toString('latin1'), undefined, revision);
  }

  /** Everything there was at the revision. */
  load(pairs: readonly KeyValue[], revision: number): void {
    const present = new Set(pairs.map((pair) => pair.key.toString('latin1')));
    for (const [key, { value }] of this.#values) if (value !== undefined && !present.has(key)) this.#set(key, undefined, revision);
    for (const { key, value, mod_revision } of pairs) this.#set(key.toString('latin1'), value, mod_revision);
  }

  graph(graph: GraphId): EtcdGraphState {
    return this.#graphs.get(graph) ?? emptyEtcdGraphState;
  }

  servers(): readonly LiveServer[] {
    const records: ServerRecord[] = [];
    const lives = new Map<string, string>();
    for (const [key, { value }] of this.#values) {
      if (value === undefined) continue;
      const { kind, name } = this.#keys.parse(Buffer.from(key, 'latin1'));
      if (kind === 'server') records.push(parseServer(value));
      if (kind === 'alive') lives.set(name, parseAlive(value).life);
    }
    return records.map((record) => ({ ...record, alive: lives.get(record.name) === record.life }));
  }

  /** What changed since the last call. */
  takeTouched(): Touched {
    const touched = { graphs: this.#touchedGraphs, servers: this.#serversTouched, floors: this.#floorsTouched };
    this.#touchedGraphs = new Set();
    this.#serversTouched = false;
    this.#floorsTouched = false;
    return touched;
  }

  #set(key: string, value: Buffer | undefined, revision: number): void {
    const known = this.#values.get(key);
    if (known !== undefined && known.revision >= revision) return;
    this.#values.set(key, { value, revision });
    this.#newestRevision = Math.max(this.#newestRevision, revision);
    const { kind, name, field } = this.#keys.parse(Buffer.from(key, 'latin1'));
    if (kind !== 'graph') {
      this.#serversTouched = true;
      return;
    }
    this.#graphs.set(name, withField(this.graph(name), field, value));
    this.#touchedGraphs.add(name);
    if (field === 'floor') this.#floorsTouched = true;
  }
}
