// The keys of the log in etcd and what their small values say. All are under `/causeway/CLUSTER/`:
//
//   state/graph/GRAPH/head     'INDEX INCARNATION'            compared and moved by every append (SAFETY 12)
//   state/graph/GRAPH/floor    'INDEX BYTES'                  bytes stored for all entries up to it, gone ones too
//   state/graph/GRAPH/term     'TERM'                         the last term given; stays when the leader goes
//   state/graph/GRAPH/leader   '[TERM,NAME,LIFE,SESSION]'     on the holder's lease: goes with the session in one step
//   state/server/NAME          ServerRecord as JSON           stays when the server goes
//   state/alive/NAME           '[LIFE,SESSION]'               on the server's lease
//   log/GRAPH/INDEX            an entry (`entry-format.ts`)
//   part/GRAPH/INDEX/BATCH/N   a part of an entry that is too large for one request; means nothing without its entry
//   barrier/NAME               put by barriers only
//   compactor                  on the lease of the server that compacts
//   candidate/NAME             {peerUrl, serverId} of a CORE that may carry a member of etcd
//
// GRAPH and NAME are percent-encoded, so that '/' ends them; INDEX has 16 digits. A session's number is its lease's
// id. The values of `state/graph` follow from the requests, so that an append that is sent again is identical.

import type { GraphId, ServerRecord } from '../log.js';
import { emptyGraphState, type GraphState, type Holder } from '../rules.js';
import type { Compare, KeyValue, RangeRequest } from './rpc/messages.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

export interface KeyRange {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}

export class Keys {
  readonly prefix: string;

  constructor(cluster: string) {
    this.prefix = `/causeway/${encodeURIComponent(cluster)}/`;
  }

  head(graph: GraphId): Buffer {
    return bytes(`${this.#graph(graph)}head`);
  }

  floor(graph: GraphId): Buffer {
    return bytes(`${this.#graph(graph)}floor`);
  }

  term(graph: GraphId): Buffer {
    return bytes(`${this.#graph(graph)}term`);
  }

  leader(graph: GraphId): Buffer {
    return bytes(`${this.#graph(graph)}leader`);
  }

  /** Head, floor, term and leader. */
  graph(graph: GraphId): KeyRange {
    return under(this.#graph(graph));
  }

  server(name: string): Buffer {
    return bytes(`${this.prefix}state/server/${encodeURIComponent(name)}`);
  }

  alive(name: string): Buffer {
    return bytes(`${this.prefix}state/alive/${encodeURIComponent(name)}`);
  }

  get servers(): KeyRange {
    return under(`${this.prefix}state/server/`);
  }

  get sessions(): KeyRange {
    return under(`${this.prefix}state/alive/`);
  }

  get state(): KeyRange {
    return under(`${this.prefix}state/`);
  }

  entry(graph: GraphId, index: number): Buffer {
    return bytes(`${this.prefix}log/${encodeURIComponent(graph)}/${digits(index)}`);
  }

  /** Entries from `from` up to and without `end`. */
  entries(graph: GraphId, from: number, end: number): KeyRange {
    return { key: this.entry(graph, from), range_end: this.entry(graph, end) };
  }

  part(graph: GraphId, index: number, batchId: string, number: number): Buffer {
    return bytes(`${this.#partsAt(graph, index)}${batchId}/${String(number).padStart(4, '0')}`);
  }

  parts(graph: GraphId, index: number, batchId: string): KeyRange {
    return under(`${this.#partsAt(graph, index)}${batchId}/`);
  }

  /** Parts of whatever was tried at the indexes. */
  partsBetween(graph: GraphId, from: number, end: number): KeyRange {
    return { key: bytes(this.#partsAt(graph, from)), range_end: bytes(this.#partsAt(graph, end)) };
  }

  barrier(serverName: string): Buffer {
    return bytes(`${this.prefix}barrier/${encodeURIComponent(serverName)}`);
  }

  get compactor(): Buffer {
    return bytes(`${this.prefix}compactor`);
  }

  candidate(name: string): Buffer {
    return bytes(`${this.prefix}candidate/${encodeURIComponent(name)}`);
  }

  get candidates(): KeyRange {
    return under(`${this.prefix}candidate/`);
  }

  parseCandidate(key: Uint8Array, value: Uint8Array): Candidate {
    const name = decodeURIComponent(Buffer.from(key).toString('utf8').slice(`${this.prefix}candidate/`.length));
    const text = Buffer.from(value).toString('utf8');
    // Builds before wrote the address alone; each server writes its own again.
    return { name, ...(text.startsWith('{') ? (JSON.parse(text) as { peerUrl: string; serverId: string }) : { peerUrl: text, serverId: '' }) };
  }

  /** What a key under `state/` is about. */
  parse(key: Uint8Array): { readonly kind: string; readonly name: string; readonly field: string } {
    const [kind = '', name = '', field = ''] = Buffer.from(key).toString('utf8').slice(`${this.prefix}state/`.length).split('/');
    return { kind, name: decodeURIComponent(name), field };
  }

  #graph(graph: GraphId): string {
    return `${this.prefix}state/graph/${encodeURIComponent(graph)}/`;
  }

  #partsAt(graph: GraphId, index: number): string {
    return `${this.prefix}part/${encodeURIComponent(graph)}/${digits(index)}/`;
  }
}

function digits(index: number): string {
  return String(index).padStart(16, '0');
}

/** All keys that begin with the prefix, which ends in '/'. */
function under(prefix: string): KeyRange {
  return { key: bytes(prefix), range_end: bytes(`${prefix.slice(0, -1)}0`) };
}

export function indexOfEntryKey(key: Uint8Array): number {
  return Number(Buffer.from(key.subarray(key.length - 16)).toString('latin1'));
}

export function leaderValue(term: number, holder: Holder): Buffer {
  return bytes(JSON.stringify([term, holder.name, holder.life, holder.session]));
}

export function aliveValue(life: string, session: number): Buffer {
  return bytes(JSON.stringify([life, session]));
}

export function parseAlive(value: Uint8Array): { readonly life: string; readonly session: number } {
  const [life, session] = JSON.parse(Buffer.from(value).toString('utf8')) as [string, number];
  return { life, session };
}

export function headValue(index: number, incarnation: string): Buffer {
  return bytes(`${index} ${incarnation}`);
}

export function floorValue(index: number, storedBytes: number): Buffer {
  return bytes(`${index} ${storedBytes}`);
}

export function termValue(term: number): Buffer {
  return bytes(String(term));
}

export function serverValue(server: ServerRecord): Buffer {
  return bytes(JSON.stringify(server));
}

/** A CORE that may carry a voter. Names come back with other servers: it is the id that tells them apart. */
export interface Candidate {
  readonly name: string;
  readonly peerUrl: string;
  readonly serverId: string;
}

export function candidateValue({ peerUrl, serverId }: Candidate): Buffer {
  return bytes(JSON.stringify({ peerUrl, serverId }));
}

export function parseServer(value: Uint8Array): ServerRecord {
  return JSON.parse(Buffer.from(value).toString('utf8')) as ServerRecord;
}

export interface EtcdGraphState extends GraphState {
  /** Stored for all entries up to the floor. */
  readonly floorBytes: number;
}

export const emptyEtcdGraphState: EtcdGraphState = { ...emptyGraphState, floorBytes: 0 };

/** One value of `state/graph` into the state; undefined when the key is not there. */
export function withField(state: EtcdGraphState, field: string, value: Uint8Array | undefined): EtcdGraphState {
  const text = value === undefined ? undefined : Buffer.from(value).toString('utf8');
  switch (field) {
    case 'head': {
      if (text === undefined) return { ...state, head: 0, incarnation: '' };
      const space = text.indexOf(' ');
      return { ...state, head: Number(text.slice(0, space)), incarnation: text.slice(space + 1) };
    }
    case 'floor': {
      const [floor, floorBytes] = (text ?? '0 0').split(' ').map(Number);
      return { ...state, floor: floor ?? 0, floorBytes: floorBytes ?? 0 };
    }
    case 'term':
      return { ...state, term: Number(text ?? 0) };
    case 'leader': {
      if (text === undefined) return { ...state, holder: undefined };
      const [, name, life, session] = JSON.parse(text) as [number, string, string, number];
      return { ...state, holder: { name, life, session } };
    }
    default:
      return state;
  }
}

/** The state of a graph from the pairs of `keys.graph`. */
export function graphStateOf(pairs: readonly KeyValue[]): EtcdGraphState {
  return pairs.reduce((state, { key, value }) => withField(state, Buffer.from(key).toString('utf8').split('/').at(-1) ?? '', value), emptyEtcdGraphState);
}

/** Compares the key's value; undefined: that there is none. */
export function valueIs(key: Uint8Array, value: Uint8Array | undefined): Compare {
  if (value === undefined) return { key, result: 'EQUAL', target: 'CREATE', create_revision: 0 };
  return { key, result: 'EQUAL', target: 'VALUE', value };
}

export const range = (request: RangeRequest): { readonly request_range: RangeRequest } => ({ request_range: request });
