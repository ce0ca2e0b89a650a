// The TCK's target in this process: the whole query half over the real store, a new graph for each scenario.

import { systemClock } from '../../src/base/clock.js';
import { atOnce } from '../../src/base/pieces.js';
import { seededRandom } from '../../src/base/random.js';
import { QueryEngine } from '../../src/database/query-engine.js';
import { asCausewayError } from '../../src/errors/catalogue.js';
import type { GraphStore, IdReservation } from '../../src/graph/store.js';
import { TableProcedures } from '../../src/server/table-procedures.js';
import { createGraphStore } from '../../src/storage/store.js';
import { simpleText } from '../../src/values/text.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, type Row, type Value } from '../../src/values/value.js';
import { whole } from '../support/query-runner.js';
import { atom, type Canonical, float, integer, string } from './expected.js';
import type { QueryFailure, QueryResult, Target } from './scenario.js';

const GRAPH_BYTES = 8 * 1024 ** 2;

export class InProcess implements Target {
  readonly #procedures = new TableProcedures();
  #engine = this.#newEngine();
  #store = newStore();
  #ids = newIds();
  #transactionId = 0;

  async begin(): Promise<void> {
    this.#procedures.clear();
    this.#engine = this.#newEngine();
    this.#store = newStore();
    this.#ids = newIds();
    this.#transactionId = 0;
  }

  async procedure(signature: string, columns: readonly string[], rows: readonly (readonly Canonical[])[]): Promise<void> {
    this.#procedures.register(
      signature,
      columns,
      rows.map((row) => row.map(valueOf)),
    );
  }

  async run(query: string, parameters: ReadonlyMap<string, Canonical>): Promise<QueryResult | QueryFailure> {
    const draft = this.#store.begin(this.#store.published, this.#ids);
    let phase: QueryFailure['phase'] = 'compile time';
    try {
      const prepared = this.#engine.prepare(query, draft);
      const given = new Map([...parameters].map(([name, value]) => [name, valueOf(value)]));
      const execution = prepared.start({
        reader: draft,
        writer: prepared.writes ? draft : undefined,
        parameters: given,
        user: 'neo4j',
        cancellation: { error: undefined },
      });
      phase = 'runtime';
      const rows: (readonly Canonical[])[] = [];
      for (;;) {
        const state = execution.next({ row: (row: Row) => void rows.push(row.map(canonical)) }, Number.POSITIVE_INFINITY);
        if (state === 'done') break;
        if (state instanceof Promise) await state;
      }
      draft.checkBeforeCommit();
      const effects = draft.effects();
      if (effects.length > 0) {
        const changeSet = { transactionId: ++this.#transactionId, requestId: '0'.repeat(32), committedAtMs: 0, effects, counters: { ...draft.counters } };
        this.#store.publish(atOnce(this.#store.apply(changeSet)));
      }
      return { columns: prepared.columns, rows };
    } catch (error) {
      const { code, message } = asCausewayError(error);
      return { code, message, phase };
    } finally {
      draft.release();
    }
  }

  #newEngine(): QueryEngine {
    return new QueryEngine({
      database: 'neo4j',
      procedures: this.#procedures,
      clock: systemClock,
      random: seededRandom(1),
      memoryLimitBytes: 64 * 1024 ** 2,
      afterPass: whole,
    });
  }
}

function newStore(): GraphStore {
  return createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes: GRAPH_BYTES, poisonFreedPages: true });
}

function newIds(): IdReservation {
  let [nodes, relationships] = [0, 0];
  return { node: () => nodes++, relationship: () => relationships++ };
}

export function canonical(value: Value): Canonical {
  if (value === null) return atom('null');
  if (typeof value === 'string') return string(value);
  if (typeof value === 'boolean') return atom(String(value));
  if (typeof value !== 'object') return integer(value);
  if (value instanceof CypherFloat) return float(value.value);
  if (value instanceof Node) return { kind: 'node', labels: value.labels, properties: entries(value.properties) };
  if (value instanceof Relationship) return { kind: 'relationship', type: value.type, properties: entries(value.properties) };
  if (value instanceof Path) {
    const hops = value.relationships.map((one, at) => ({ relationship: canonical(one), forward: one.startId === value.nodes[at]?.id }));
    return { kind: 'path', nodes: value.nodes.map(canonical), hops };
  }
  if (isSimple(value)) return string(simpleText(value));
  if (value instanceof Map) return { kind: 'map', entries: entries(value as CypherMap) };
  return { kind: 'list', items: (value as readonly Value[]).map(canonical) };
}

function entries(map: CypherMap): ReadonlyMap<string, Canonical> {
  return new Map([...map].map(([key, value]) => [key, canonical(value)]));
}

/** Of a parameter or of a procedure's table. */
function valueOf(value: Canonical): Value {
  if (value.kind === 'list') return value.items.map(valueOf);
  if (value.kind === 'map') return new Map([...value.entries].map(([key, one]) => [key, valueOf(one)]));
  if (value.kind !== 'atom') throw new Error('entities are no parameters');
  const { text } = value;
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.startsWith('"')) return JSON.parse(text) as string;
  if (text === 'NaN') return new CypherFloat(Number.NaN);
  if (text.endsWith('Inf')) return new CypherFloat(text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  if (text.endsWith('f')) return new CypherFloat(Number(text.slice(0, -1)));
  const whole = BigInt(text);
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}
