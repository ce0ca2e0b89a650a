// What plans do that hints ask for, against what is cheapest.

import { describe, expect, it } from 'vitest';
import { operators, planned, schemaOf, tenThousandEach } from '../../test/support/made-up-schema.js';

/** Every entry of an index has a key of its own, but for the second one. */
const statistics = { ...tenThousandEach, indexKeyCount: (id: number) => (id === 2 ? 2 : 10_000) };
const schema = schemaOf(['range', 'A(p)'], ['range', 'A(q)'], ['range', '[T(p)]']);

/** Where the plan begins to look. */
function leaves(text: string, over = schema): readonly string[] {
  return operators(planned(text, over, statistics)).filter((line) => /^\w+(Seek|Scan)/.test(line));
}

describe('hints', () => {
  const both = "WHERE n.p = 1 AND n.q = 'x' RETURN n";

  it('choose the index', () => {
    expect(leaves(`MATCH (n:A) ${both}`)).toEqual(['NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p = 1']);
    expect(leaves(`MATCH (n:A) USING INDEX n:A(q) ${both}`)).toEqual(['NodeIndexSeek RANGE INDEX n:A(q) WHERE n.q = "x"']);
    expect(leaves(`OPTIONAL MATCH (n:A) USING INDEX n:A(q) ${both}`)).toEqual(['NodeIndexSeek RANGE INDEX n:A(q) WHERE n.q = "x"']);
  });

  it('choose the scan', () => {
    expect(leaves(`MATCH (n:A) USING SCAN n:A ${both}`)).toEqual(['NodeByLabelScan n:A']);
    expect(leaves('MATCH (a)-[r:T {p: 1}]->(b) USING SCAN r:T RETURN r')).toEqual(['DirectedRelationshipTypeScan (a)-[r:T]->(b)']);
  });

  it('choose where to begin', () => {
    const match = 'MATCH (n:A)-[:R]->(m:A)';
    const where = "WHERE n.p = 1 AND m.q = 'x' RETURN n";
    expect(leaves(`${match} ${where}`)).toEqual(['NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p = 1']);
    expect(leaves(`${match} USING INDEX m:A(q) ${where}`)).toEqual(['NodeIndexSeek RANGE INDEX m:A(q) WHERE m.q = "x"']);
    expect(leaves(`MATCH (a:A)-[r:T {p: 1}]->(b) USING INDEX r:T(p) WHERE a.p = 1 RETURN r`)).toEqual([
      'DirectedRelationshipIndexSeek RANGE INDEX (a)-[r:T(p)]->(b) WHERE r.p = 1',
    ]);
  });

  it('hold for each pattern by itself', () => {
    const text = 'MATCH (n:A), (m:A) USING SCAN n:A USING INDEX m:A(q) WHERE n.p = 1 AND m.p = 1 AND m.q = 2 RETURN n';
    expect([...leaves(text)].sort()).toEqual(['NodeByLabelScan n:A', 'NodeIndexSeek RANGE INDEX m:A(q) WHERE m.q = 2']);
  });

  it('may rest on what rows below hold', () => {
    expect(leaves('UNWIND [1, 2] AS x MATCH (n:A) USING INDEX n:A(q) WHERE n.p = 1 AND n.q = x RETURN n')).toEqual([
      'NodeIndexSeek RANGE INDEX n:A(q) WHERE n.q = x',
    ]);
  });

  it('choose the kind of the index', () => {
    const near = 'WHERE point.distance(n.p, $c) < 5 AND n.p > 1 RETURN n';
    const both = schemaOf(['range', 'A(p)'], ['range', 'A(q)'], ['range', '[T(p)]'], ['point', 'A(p)']);
    expect(leaves(`MATCH (n:A) USING POINT INDEX n:A(p) ${near}`, both)).toEqual(['NodeIndexSeekByRange POINT INDEX n:A(p) WHERE point.distance(n.p, $c) < 5']);
    expect(leaves(`MATCH (n:A) USING RANGE INDEX n:A(p) ${near}`, both)).toEqual(['NodeIndexSeekByRange RANGE INDEX n:A(p) WHERE n.p > 1']);
    expect(leaves(`MATCH (n:A) USING INDEX SEEK n:A(p) WHERE point.withinBBox(n.p, $a, $b) RETURN n`, both)).toEqual([
      'NodeIndexSeekByRange POINT INDEX n:A(p) WHERE point.withinBBox(n.p, $a, $b)',
    ]);
    expect(() => leaves('MATCH (n:A) USING POINT INDEX n:A(p) WHERE n.p = 1 RETURN n')).toThrow('No such index: POINT INDEX FOR');
    expect(() => leaves('MATCH (n:A) USING POINT INDEX n:A(p) WHERE n.p = 1 RETURN n', both)).toThrow('Cannot use index hint');
  });

  it('of those that cannot be followed say why', () => {
    expect(() => leaves('MATCH (n:A) USING INDEX n:A(z) WHERE n.z = 1 RETURN n')).toThrow('No such index');
    expect(() => leaves('MATCH (n:A) USING INDEX n:A(q) WHERE n.p = 1 RETURN n')).toThrow('Cannot use index hint in this context');
    expect(() => leaves('MATCH (n:A) USING SCAN n:B RETURN n')).toThrow('Cannot use label scan hint in this context');
  });
});
