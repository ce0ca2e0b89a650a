import { describe, expect, it } from 'vitest';
import { operators, planned, schemaOf } from '../../test/support/made-up-schema.js';
import { describe as describePlan } from './explain.js';

const schema = schemaOf(['range', 'A(p)'], ['range', 'A(q)'], ['range', 'B(p)'], ['range', 'C(p, q, s)'], ['range', '[T(p)]'], ['range', '[U(p, q)]']);
const plan = (text: string) => operators(planned(text, schema));

describe('an index of relationships', () => {
  it('is asked in every direction', () => {
    expect(plan('MATCH (a)-[r:T {p: 1}]->(b) RETURN r')).toEqual(['DirectedRelationshipIndexSeek RANGE INDEX (a)-[r:T(p)]->(b) WHERE r.p = 1']);
    expect(plan('MATCH (a)<-[r:T]-(b) WHERE r.p > 1 RETURN r')).toEqual(['DirectedRelationshipIndexSeekByRange RANGE INDEX (b)-[r:T(p)]->(a) WHERE r.p > 1']);
    expect(plan('MATCH (a)-[r:T]-(b) WHERE r.p IN [1, 2] RETURN r')).toEqual([
      'UndirectedRelationshipIndexSeek RANGE INDEX (a)-[r:T(p)]-(b) WHERE r.p IN [1, 2]',
    ]);
    expect(plan('MATCH (a)-[r:T]->(b) WHERE r.p IS NOT NULL RETURN r')).toEqual([
      'DirectedRelationshipIndexScan RANGE INDEX (a)-[r:T(p)]->(b) WHERE r.p IS NOT NULL',
    ]);
  });

  it('is not asked for several types, another type, nor a loop', () => {
    expect(plan('MATCH (a)-[r:T|U {p: 1}]->(b) RETURN r').join()).toContain('Filter r.p = 1,DirectedRelationshipTypeScan');
    expect(plan('MATCH (a)-[r:V {p: 1}]->(b) RETURN r').join()).toContain('DirectedRelationshipTypeScan');
    expect(plan('MATCH (a)-[r:T {p: 1}]->(a) RETURN r').join()).toContain('Expand(Into)');
  });

  it('begins a longer pattern', () => {
    expect(plan('MATCH (a)-[r:U]->(b)-[:V]->(c) WHERE r.p = 1 AND r.q STARTS WITH "x" RETURN c')).toEqual([
      'Expand(All) (b)-[relationship:V]->(c)',
      'DirectedRelationshipIndexSeek RANGE INDEX (a)-[r:U(p, q)]->(b) WHERE r.p = 1 AND r.q STARTS WITH "x"',
    ]);
  });
});

describe('OR', () => {
  it('of values of one property is one seek', () => {
    expect(plan('MATCH (n:A) WHERE n.p = 1 OR 2 = n.p OR n.p = 3 RETURN n')).toEqual(['NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p IN [1, 2, 3]']);
  });

  it('of anything with an index is a union of seeks', () => {
    const [p, q] = ['NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p = 1', 'NodeIndexSeek RANGE INDEX n:A(q) WHERE n.q = 2'];
    expect(plan('MATCH (n:A) WHERE n.p = 1 OR n.q = 2 RETURN n')).toEqual(['Distinct n', 'Union n', p, q]);
    expect(plan('MATCH (n:A) WHERE n.p = 1 OR (n.q = 2 AND n.x = 3) RETURN n')).toEqual(['Distinct n', 'Union n', p, 'Filter n.x = 3', q]);
    expect(plan('MATCH (n:A|B {p: 1}) RETURN n')).toEqual(['Distinct n', 'Union n', p, 'NodeIndexSeek RANGE INDEX n:B(p) WHERE n.p = 1']);
    expect(plan('UNWIND [1] AS x MATCH (n:A) WHERE n.p = x OR n.q = x RETURN n')).toEqual([
      'Apply',
      'Unwind [1] AS x',
      'Distinct n',
      'Union n',
      'NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p = x',
      'Argument x',
      'NodeIndexSeek RANGE INDEX n:A(q) WHERE n.q = x',
      'Argument x',
    ]);
  });

  it('leaves a check of what not every way answers', () => {
    expect(plan('MATCH (n:A) WHERE (n.p = 1 OR n.q = 2) AND n.q IS NOT NULL RETURN n')).toEqual([
      'Filter n.q IS NOT NULL',
      'Distinct n',
      'Union n',
      'NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p = 1',
      'NodeIndexSeek RANGE INDEX n:A(q) WHERE n.q = 2',
    ]);
  });

  it('is checked where one side has no index, or needs what is found later', () => {
    expect(plan('MATCH (n:A) WHERE n.p = 1 OR n.x = 2 RETURN n')).toEqual(['Filter n.p = 1 OR n.x = 2', 'NodeByLabelScan n:A']);
    expect(plan('MATCH (n:A)-[:T]->(m:B) WHERE n.p = 1 OR m.p = 2 RETURN n').join()).toContain('Filter');
  });
});

describe('IS NOT NULL', () => {
  it('scans the index', () => {
    expect(plan('MATCH (n:A) WHERE n.p IS NOT NULL RETURN n')).toEqual(['NodeIndexScan RANGE INDEX n:A(p) WHERE n.p IS NOT NULL']);
  });

  it('is answered by any other question to the index', () => {
    expect(plan('MATCH (n:A) WHERE n.p IS NOT NULL AND n.p > 1 RETURN n')).toEqual(['NodeIndexSeekByRange RANGE INDEX n:A(p) WHERE n.p > 1']);
  });
});

describe('the order of an index', () => {
  const range = 'NodeIndexSeekByRange RANGE INDEX n:A(p) WHERE n.p > 1';

  it('is that of ORDER BY, both ways', () => {
    expect(plan('MATCH (n:A) WHERE n.p > 1 RETURN n ORDER BY n.p')).toEqual([range]);
    expect(plan('MATCH (n:A) WHERE n.p > 1 RETURN n.p AS x ORDER BY x DESC SKIP 1 LIMIT 2')).toEqual(['Limit 2', 'Skip 1', range]);
    expect(plan('MATCH (n:A) WHERE n.p > 1 WITH n AS m WHERE m.z = 1 RETURN DISTINCT m.p AS x ORDER BY x')).toEqual(['Distinct x', 'Filter m.z = 1', range]);
  });

  it('goes on over what is asked by equality', () => {
    const asked = 'NodeIndexSeek RANGE INDEX n:C(p, q, s) WHERE n.p = 1 AND n.q IS NOT NULL';
    const match = 'MATCH (n:C) WHERE n.p = 1 AND n.q IS NOT NULL AND n.s IS NOT NULL';
    expect(plan(`${match} RETURN n ORDER BY n.q DESC, n.p, n.s DESC`)).toEqual([asked]);
    expect(plan(`${match} RETURN n ORDER BY n.s`)[0]).toMatch(/^Sort/);
    expect(plan(`${match} RETURN n ORDER BY n.q, n.s DESC`)[0]).toMatch(/^Sort/);
  });

  it('is not there after IN, for each of several rows, for an expression, and after a write', () => {
    expect(plan('MATCH (n:A) WHERE n.p IN [1, 2] RETURN n ORDER BY n.p')[0]).toMatch(/^Sort/);
    expect(plan('UNWIND [1, 2] AS x MATCH (n:A) WHERE n.p > x RETURN n ORDER BY n.p')[0]).toMatch(/^Sort/);
    expect(plan('MATCH (n:A) WHERE n.p > 1 RETURN n ORDER BY -n.p')[0]).toMatch(/^Sort/);
    expect(plan('MATCH (n:A) WHERE n.p > 1 SET n.p = -n.p RETURN n ORDER BY n.p')[0]).toMatch(/^Sort/);
  });

  it('is told by EXPLAIN', () => {
    const orderOf = (text: string): unknown => {
      let at = describePlan(planned(text, schema));
      while (at.children[0] !== undefined) at = at.children[0];
      return at.arguments.get('Order');
    };
    expect(orderOf('MATCH (n:A) WHERE n.p > 1 RETURN n ORDER BY n.p DESC LIMIT 3')).toBe('n.p DESC');
    expect(orderOf('MATCH (n:C) WHERE n.p = 1 AND n.q > 2 AND n.s IS NOT NULL RETURN n')).toBe('n.q ASC, n.s ASC');
    expect(orderOf('MATCH (n:A) WHERE n.p IN [1, 2] RETURN n')).toBeUndefined();
  });

  it('begins with the least and ends with the greatest', () => {
    const scan = 'NodeIndexScan RANGE INDEX n:A(p) WHERE n.p IS NOT NULL';
    expect(plan('MATCH (n:A) RETURN min(n.p) AS x')).toEqual(['EagerAggregation min(n.p) AS x', 'Limit 1', scan]);
    expect(plan('MATCH (n:A) WHERE n.p > 1 RETURN max(n.p) AS x')).toEqual(['EagerAggregation max(n.p) AS x', 'Limit 1', range]);
    expect(plan('MATCH (n:A) RETURN min(n.p) AS x, max(n.p) AS y')).not.toContain('Limit 1');
    expect(plan('MATCH (n:A) RETURN n.q AS k, min(n.p) AS x')).not.toContain('Limit 1');
  });
});

describe('ids', () => {
  it('find nodes and relationships', () => {
    expect(plan('MATCH (n:Z) WHERE id(n) = $x RETURN n')).toEqual(['Filter n:Z', 'NodeByIdSeek n']);
    expect(plan('MATCH (a)-[r]->(b) WHERE id(r) = 5 RETURN a')).toEqual(['DirectedRelationshipByIdSeek (a)-[r]->(b)']);
    expect(plan('MATCH (a)<-[r:T|U]-(b) WHERE elementId(r) IN $ids RETURN a')).toEqual(['DirectedRelationshipByElementIdSeek (b)-[r:T|U]->(a)']);
    expect(plan('MATCH (a)-[r]-(b:B) WHERE $x = id(r) RETURN a')).toEqual(['Filter b:B', 'UndirectedRelationshipByIdSeek (a)-[r]-(b)']);
    expect(plan('UNWIND [1, 2] AS x MATCH ()-[r]->() WHERE id(r) = x RETURN r').join()).toContain('DirectedRelationshipByIdSeek');
  });

  it('are no beginning where a relationship is one of several, or a list', () => {
    expect(plan('MATCH (a)-[r*1..2]->(b) WHERE id(r[0]) = 5 RETURN a').join()).not.toContain('Seek');
    expect(plan('MATCH (a)-[r]->(b) WHERE id(r) = id(a) RETURN a').join()).not.toContain('Seek');
  });
});
