// db.awaitIndex and db.awaitIndexes: until indexes are ready on this server, as in Neo4j.

import { type Clock, sleep } from '../base/clock.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import type { IndexSchema } from '../graph/schema.js';
import type { Procedure } from '../runtime/execution.js';
import { describe } from '../values/text.js';
import type { Row, Value } from '../values/value.js';

const LOOK_MS = 20;
const TIMEOUT_S = 300;

/** `readerOf`: what the graph is now, not what it was when the procedure was called. */
export function indexProcedures(clock: Clock, readerOf: (database: string) => GraphReader | undefined): readonly Procedure[] {
  const waiting = (name: string, parameters: string, args: Procedure['arguments'], call: Procedure['call'], description: string): Procedure => ({
    name,
    signature: `${name}(${parameters}) :: VOID`,
    description,
    arguments: args,
    columns: [],
    mode: 'READ',
    call,
  });
  const timeout = { name: 'timeOutSeconds', optional: true };
  const until = async (database: string, seconds: Value | undefined, chosen: (reader: GraphReader) => readonly IndexSchema[]): Promise<readonly Row[]> => {
    const limitS = timeoutOf(seconds);
    const startedAtMs = clock.nowMs();
    for (;;) {
      const reader = readerOf(database);
      const notReady = reader === undefined ? [] : chosen(reader).filter((index) => !isReady(reader, index));
      if (notReady.length === 0) return [];
      if (clock.nowMs() - startedAtMs >= limitS * 1000) {
        throw failure(
          'procedureCallFailed',
          `Index '${notReady[0]?.name}' is not online after ${limitS} seconds. It goes on being filled: call the procedure again.`,
        );
      }
      await sleep(clock, LOOK_MS);
    }
  };
  return [
    waiting(
      'db.awaitIndex',
      'indexName :: STRING, timeOutSeconds = 300 :: INTEGER',
      [{ name: 'indexName', optional: false }, timeout],
      ({ database }, [name = null, seconds]) => {
        if (typeof name !== 'string') throw failure('argumentError', `indexName is a STRING, not ${describe(name)}.`);
        return until(database, seconds, ({ schema }) => {
          const index = schema.indexes.find((one) => one.name === name);
          if (index === undefined) throw failure('indexNotFound', `There is no index called '${name}'.`);
          return [index];
        });
      },
      'Waits until an index is online on this server.',
    ),
    waiting(
      'db.awaitIndexes',
      'timeOutSeconds = 300 :: INTEGER',
      [timeout],
      ({ database }, [seconds]) => until(database, seconds, ({ schema }) => schema.indexes),
      'Waits until all indexes are online on this server.',
    ),
  ];
}

/** Left out, or null: as Neo4j's default. */
function timeoutOf(seconds: Value | undefined): number {
  if (seconds === undefined || seconds === null) return TIMEOUT_S;
  if (typeof seconds === 'number' || typeof seconds === 'bigint') return Number(seconds);
  throw failure('argumentError', `timeOutSeconds is an INTEGER, a number of seconds, not ${describe(seconds)}.`);
}

/** Raises where it will never be. */
function isReady(reader: GraphReader, index: IndexSchema): boolean {
  const { state, failure: why } = reader.indexPopulation(index.id);
  if (state === 'FAILED') throw failure('procedureCallFailed', `Index '${index.name}' is in state FAILED. ${why}`);
  return state === 'ONLINE';
}
