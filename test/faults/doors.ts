// The ways by which clients of a run reach a server: both HTTP APIs, `bolt://` with auto-commit statements and explicit transactions,
// and `neo4j://`. Each gives one answer: done with its rows, refused for certain, or unknown.

import neo4j, { type Driver } from 'neo4j-driver';
import { PASSWORD } from '../support/story-cluster.js';
import { AUTHORIZATION } from './cluster.js';

export type Level = 'eventual' | 'bookmark' | 'linearizable';

export interface Asked {
  readonly graph: string;
  readonly statement: string;
  readonly parameters: Record<string, unknown>;
  readonly level: Level;
  readonly bookmark?: string | undefined;
  /** Of an auto-commit write over HTTP, which may be resent with it. */
  readonly idempotencyKey?: string;
}

/** `changed` is what the counters of the answer say; a server that settled a lost reply of the leader gives them without rows. `settled`: the answer itself was lost, and that it took effect was found out afterwards. */
export type Answered =
  | {
      readonly kind: 'ok';
      readonly rows: readonly (readonly unknown[])[];
      readonly bookmark: string | undefined;
      readonly changed: boolean;
      readonly settled?: true;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** With `outcomeId` where the server gave one. */
  | { readonly kind: 'unknown'; readonly code: string; readonly outcomeId?: string | undefined };

export interface Place {
  readonly bolt: number;
  readonly http: number;
}

export type Door = 'legacy' | 'query' | 'bolt' | 'transaction' | 'routed';
export const DOORS: readonly Door[] = ['legacy', 'query', 'bolt', 'transaction', 'routed'];

/** What a server says when a commit was sent and its outcome is not known; any other error is a definite no. */
const OUTCOME_UNKNOWN = 'Neo.DatabaseError.Transaction.TransactionCommitFailed';

export class Doors {
  readonly #drivers = new Map<string, Driver>();
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  ask(door: Door, place: Place, asked: Asked): Promise<Answered> {
    switch (door) {
      case 'legacy':
      case 'query':
        return this.#http(door, place, asked);
      case 'bolt':
      case 'transaction':
        return this.#bolt(`bolt://127.0.0.1:${place.bolt}`, door === 'transaction', asked);
      case 'routed':
        return this.#bolt(`neo4j://127.0.0.1:${place.bolt}`, false, asked);
    }
  }

  async close(): Promise<void> {
    await Promise.race([Promise.allSettled([...this.#drivers.values()].map((driver) => driver.close())), waited(2000)]);
  }

  /** `GET /db/{name}/outcomes/{id}`; undefined when it gives no answer or says pending. */
  async outcome(place: Place, graph: string, id: string): Promise<'committed' | 'never' | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${place.http}/db/${graph}/outcomes/${id}`, {
        headers: { authorization: AUTHORIZATION },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const { outcome } = (await answer.json()) as { outcome?: string };
      return outcome === 'committed' || outcome === 'never' ? outcome : undefined;
    } catch {
      return undefined;
    }
  }

  async #http(api: 'legacy' | 'query', { http }: Place, asked: Asked): Promise<Answered> {
    const { graph, statement, parameters, level, bookmark, idempotencyKey } = asked;
    const bookmarks = bookmark === undefined ? [] : [bookmark];
    const body =
      api === 'legacy' ? { statements: [{ statement, parameters, includeStats: true }] } : { statement, parameters, bookmarks, includeCounters: true };
    const headers = {
      authorization: AUTHORIZATION,
      'content-type': 'application/json',
      'causeway-consistency': level,
      ...(api === 'legacy' && bookmark !== undefined ? { 'causeway-bookmark': bookmark } : {}),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    };
    try {
      const url = `http://127.0.0.1:${http}/db/${graph}/${api === 'legacy' ? 'tx/commit' : 'query/v2'}`;
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(this.#timeoutMs) });
      return ofBody((await answer.json()) as HttpBody);
    } catch (error) {
      const code = String((error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name);
      return code === 'ECONNREFUSED' ? { kind: 'failed', code, message: 'nobody listens' } : { kind: 'unknown', code };
    }
  }

  async #bolt(url: string, explicit: boolean, { graph, statement, parameters, level, bookmark }: Asked): Promise<Answered> {
    const session = this.#driver(url).session({ database: graph, ...(bookmark === undefined ? {} : { bookmarks: [bookmark] }) });
    const settings = { metadata: { causeway_consistency: level } };
    const run = async () => {
      if (!explicit) return await session.run(statement, parameters, settings);
      const transaction = await session.beginTransaction(settings);
      const result = await transaction.run(statement, parameters);
      await transaction.commit();
      return result;
    };
    const running = run();
    try {
      const result = await Promise.race([running, waited(this.#timeoutMs)]);
      if (result === undefined) return { kind: 'unknown', code: 'timeout' };
      return {
        kind: 'ok',
        rows: result.records.map((record) => record.keys.map((key) => record.get(key))),
        bookmark: session.lastBookmarks()[0],
        changed: result.summary.counters.containsUpdates(),
      };
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === undefined) throw error;
      if (message.startsWith('Failed to connect to server')) return { kind: 'failed', code: 'no connection', message };
      return code.startsWith('Neo.') && code !== OUTCOME_UNKNOWN ? { kind: 'failed', code, message } : { kind: 'unknown', code };
    } finally {
      running.catch(() => {});
      session.close().catch(() => {});
    }
  }

  #driver(url: string): Driver {
    const known = this.#drivers.get(url);
    if (known !== undefined) return known;
    const driver = neo4j.driver(url, neo4j.auth.basic('neo4j', PASSWORD), {
      disableLosslessIntegers: true,
      connectionTimeout: 3000,
      connectionAcquisitionTimeout: this.#timeoutMs,
      maxTransactionRetryTime: 0,
      telemetryDisabled: true,
    });
    this.#drivers.set(url, driver);
    return driver;
  }
}

interface HttpBody {
  readonly results?: readonly { readonly data: readonly { readonly row: readonly unknown[] }[]; readonly stats?: { readonly contains_updates: boolean } }[];
  readonly data?: { readonly values: readonly (readonly unknown[])[] };
  readonly counters?: { readonly containsUpdates: boolean };
  readonly errors?: readonly { readonly code: string; readonly message: string; readonly outcomeId?: string }[];
  readonly lastBookmarks?: readonly string[];
  readonly bookmarks?: readonly string[];
}

function ofBody({ results, data, counters, errors, lastBookmarks, bookmarks }: HttpBody): Answered {
  const error = errors?.[0];
  if (error?.code === OUTCOME_UNKNOWN) return { kind: 'unknown', code: error.code, outcomeId: error.outcomeId };
  if (error !== undefined) return { kind: 'failed', code: error.code, message: error.message };
  const changed = counters?.containsUpdates ?? results?.[0]?.stats?.contains_updates ?? false;
  return { kind: 'ok', changed, rows: data?.values ?? results?.[0]?.data.map(({ row }) => row) ?? [], bookmark: (lastBookmarks ?? bookmarks)?.[0] };
}

function waited(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}
