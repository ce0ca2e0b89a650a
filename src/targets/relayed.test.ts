import { describe, expect, it } from 'vitest';
import type { AutoCommit, ResultSummary } from '../database/result.js';
import { noCounters } from '../graph/writer.js';
import type { Row } from '../values/value.js';
import { LeaderLost } from './relayed.js';

async function taken(result: AutoCommit): Promise<{ readonly rows: readonly Row[]; readonly summary: ResultSummary | undefined }> {
  const rows: Row[] = [];
  await result.pull(Number.POSITIVE_INFINITY, { row: (row) => void rows.push(row) });
  return { rows, summary: result.summary };
}

const summary: ResultSummary = {
  database: 'neo4j',
  type: 'rw',
  counters: noCounters(),
  plan: undefined,
  notifications: [],
  bookmark: undefined,
  availableAfterMs: 0,
  consumedAfterMs: 0,
};

describe('a commit whose leader was lost before its answer', () => {
  it('is answered with the rows that were shipped before it', async () => {
    const { rows, summary: given } = await taken(new LeaderLost('gone', 3, true, ['n'], [[1]], summary).prepared('bm', noCounters(), 'neo4j'));
    expect(rows).toEqual([[1]]);
    expect(given).toMatchObject({ bookmark: 'bm', notifications: [] });
  });

  it('says so where the rows were lost with it, whole or in part', async () => {
    const { rows, summary: given } = await taken(new LeaderLost('gone', 3, true, ['n'], [[1]]).prepared('bm', noCounters(), 'neo4j'));
    expect(rows).toEqual([]);
    expect(given).toMatchObject({ bookmark: 'bm', notifications: [{ code: 'Neo.ClientNotification.Statement.RowsLost', severity: 'WARNING' }] });
  });
});
