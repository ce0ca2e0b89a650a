// What the procedures that wait for indexes take.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.js';
import { codes } from '../errors/catalogue.js';
import { CypherFloat, type Value } from '../values/value.js';
import { indexProcedures } from './index-procedures.js';

function call(name: string, ...given: readonly Value[]) {
  const procedure = indexProcedures(systemClock, () => undefined).find((one) => one.name === name);
  return async () => procedure?.call({ database: 'neo4j', user: 'neo4j' } as never, given);
}

const argumentError = expect.objectContaining({ code: codes.argumentError.code });

describe('procedures that wait for indexes', () => {
  it.each<Value>(['a', '5', true, new CypherFloat(1.5), []])('refuse %j as a number of seconds', async (seconds) => {
    await expect(call('db.awaitIndexes', seconds)()).rejects.toEqual(argumentError);
    await expect(call('db.awaitIndex', 'one', seconds)()).rejects.toEqual(argumentError);
  });

  it.each<Value>([1, null, true])('refuse %j as the name of an index', async (name) => {
    await expect(call('db.awaitIndex', name)()).rejects.toEqual(argumentError);
  });

  it.each<readonly Value[]>([[], [null], [0], [300], [2n ** 62n]])('take %s', async (...given) => {
    await expect(call('db.awaitIndexes', ...given)()).resolves.toEqual([]);
  });
});
