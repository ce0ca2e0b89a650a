// Keys of maps become properties: those that no graph has are refused when they come.

import { describe, expect, it } from 'vitest';
import { QueryRunner } from '../../test/support/query-runner.js';
import { codes } from '../errors/catalogue.js';
import type { CypherMap } from '../values/value.js';

const statements = ['CREATE (n $map)', 'CREATE ()-[r:R $map]->()', 'CREATE (n) SET n = $map', 'CREATE (n) SET n += $map', 'CREATE ()-[r:R]->() SET r += $map'];
const keys = ['', 'a\0'];

describe('a map parameter as properties', () => {
  it.each(statements.flatMap((text) => keys.map((key) => [text, key] as const)))('%s refuses the key %j', (text, key) => {
    const map: CypherMap = new Map([
      ['p', 1],
      [key, 2],
    ]);
    const runner = new QueryRunner();
    expect(() => runner.run(text, new Map([['map', map]]))).toThrow(expect.objectContaining({ code: codes.tokenNameError.code }));
    expect(runner.run('MATCH (n) RETURN count(n)').rows).toEqual([[0]]);
  });

  it('is any map where it stays one', () => {
    const map: CypherMap = new Map([['', 1]]);
    expect(new QueryRunner().run('RETURN $map.`` AS one', new Map([['map', map]])).rows).toEqual([[1]]);
  });
});
