// Statements on a graph in memory, through the whole query half and the real store; each commits by itself.

import { systemClock } from '../../src/base/clock.js';
import { atOnce } from '../../src/base/pieces.js';
import { seededRandom } from '../../src/base/random.js';
import { QueryEngine } from '../../src/database/query-engine.js';
import type { GraphStore, IdReservation } from '../../src/graph/store.js';
import { brokenPlan } from '../../src/planner/check-plan.js';
import { type PlanDescription, printPlan } from '../../src/planner/explain.js';
import type { PlanWatcher } from '../../src/planner/plan-query.js';
import { TableProcedures } from '../../src/server/table-procedures.js';
import { createGraphStore } from '../../src/storage/store.js';
import { detachRow } from '../../src/values/detach.js';
import type { Row, Value } from '../../src/values/value.js';

/** Fails where a pass left a plan that is none, or did not do what it says. */
export const whole: PlanWatcher = (pass, plan, schema) => {
  const broken = brokenPlan(plan) ?? pass.broken(plan, schema);
  if (broken !== undefined) throw new Error(`after ${pass.name}: ${broken}\n${printPlan(plan)}`);
};

export class QueryRunner {
  readonly store: GraphStore;
  readonly ids: IdReservation;
  readonly #engine: QueryEngine;
  #transactionId = 0;

  constructor(budgetBytes = 32 * 1024 ** 2, afterPass: PlanWatcher = whole) {
    let [nodes, relationships] = [0, 0];
    this.ids = { node: () => nodes++, relationship: () => relationships++ };
    this.store = createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes, poisonFreedPages: true });
    const procedures = new TableProcedures();
    procedures.register('test.one() :: (x :: INTEGER)', ['x'], [[1]]);
    this.#engine = new QueryEngine({
      database: 'neo4j',
      procedures,
      clock: systemClock,
      random: seededRandom(1),
      memoryLimitBytes: 64 * 1024 ** 2,
      afterPass,
    });
  }

  /** Nothing of a statement that fails stays. The plan is that of EXPLAIN and PROFILE. There is one procedure, `test.one`. */
  run(
    text: string,
    parameters: ReadonlyMap<string, Value> = new Map(),
  ): { readonly columns: readonly string[]; readonly rows: readonly Row[]; readonly plan: PlanDescription | undefined } {
    const draft = this.store.begin(this.store.published, this.ids);
    try {
      const prepared = this.#engine.prepare(text, draft);
      const execution = prepared.start({
        reader: draft,
        writer: prepared.writes ? draft : undefined,
        parameters,
        user: 'neo4j',
        cancellation: { error: undefined },
      });
      const rows: Row[] = [];
      if (prepared.mode === 'explain') return { columns: prepared.columns, rows, plan: prepared.describe() };
      while (execution.next({ row: (row) => void rows.push(detachRow(row)) }, Number.POSITIVE_INFINITY) !== 'done');
      draft.checkBeforeCommit();
      const effects = draft.effects();
      if (effects.length > 0) {
        const changeSet = { transactionId: ++this.#transactionId, requestId: '0'.repeat(32), committedAtMs: 0, effects, counters: { ...draft.counters } };
        this.store.publish(atOnce(this.store.apply(changeSet)));
      }
      return { columns: prepared.columns, rows, plan: prepared.mode === 'profile' ? prepared.describe(execution.profile()) : undefined };
    } finally {
      draft.release();
    }
  }
}
