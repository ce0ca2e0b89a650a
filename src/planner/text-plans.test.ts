// When a text index is asked, and what for.

import { describe, expect, it } from 'vitest';
import { operators, planned, schemaOf, tenThousandEach } from '../../test/support/made-up-schema.js';

/** A text index has 20 pieces of each string, each in 40 strings. */
const statistics = {
  ...tenThousandEach,
  indexKeyCount: (id: number) => (id === 1 ? 10_000 : 5000),
  indexEntryCount: (id: number) => (id === 1 ? 10_000 : 200_000),
};
const schema = schemaOf(['range', 'A(p)'], ['text', 'A(p)'], ['text', 'B(p)'], ['text', '[T(p)]']);
const plan = (text: string, extracted = false) => operators(planned(text, schema, statistics, extracted));

describe('a text index', () => {
  it('is asked for parts of strings, which are checked above it', () => {
    expect(plan(`MATCH (n:B) WHERE n.p CONTAINS 'x' RETURN n`)).toEqual([
      'Filter n.p CONTAINS "x"',
      'NodeIndexContainsScan TEXT INDEX n:B(p) WHERE n.p CONTAINS "x"',
    ]);
    expect(plan(`MATCH (n:B) WHERE n.p ENDS WITH $x AND n.p IS NOT NULL RETURN n`)).toEqual([
      'Filter n.p ENDS WITH $x',
      'NodeIndexEndsWithScan TEXT INDEX n:B(p) WHERE n.p ENDS WITH $x',
    ]);
    expect(plan(`UNWIND ['a', 'b'] AS x MATCH (n:B) WHERE n.p STARTS WITH x RETURN n`)).toEqual([
      'Filter n.p STARTS WITH x',
      'NodeIndexSeekByRange TEXT INDEX n:B(p) WHERE n.p STARTS WITH x',
      'Unwind ["a", "b"] AS x',
    ]);
  });

  it('of relationships is asked in every direction', () => {
    const filter = 'Filter r.p CONTAINS "x"';
    expect(plan(`MATCH (a)-[r:T]->(b) WHERE r.p CONTAINS 'x' RETURN r`)).toEqual([
      filter,
      'DirectedRelationshipIndexContainsScan TEXT INDEX (a)-[r:T(p)]->(b) WHERE r.p CONTAINS "x"',
    ]);
    expect(plan(`MATCH (a)-[r:T]-(b) WHERE r.p CONTAINS 'x' RETURN r`)).toEqual([
      filter,
      'UndirectedRelationshipIndexContainsScan TEXT INDEX (a)-[r:T(p)]-(b) WHERE r.p CONTAINS "x"',
    ]);
  });

  it('is asked for equality with strings alone', () => {
    const seek = 'NodeIndexSeek TEXT INDEX n:B(p) WHERE n.p';
    expect(plan(`MATCH (n:B {p: 'x'}) RETURN n`)).toEqual(['Filter n.p = "x"', `${seek} = "x"`]);
    expect(plan(`MATCH (n:B {p: 'x'}) RETURN n`, true)).toEqual(['Filter n.p = $0', `${seek} = $0`]);
    expect(plan(`MATCH (n:B) WHERE n.p IN ['x', 'y'] RETURN n`)[1]).toBe(`${seek} IN ["x", "y"]`);
    expect(plan(`MATCH (n:B) WHERE n.p = 'x' OR n.p = 'y' RETURN n`, true)[1]).toBe(`${seek} IN [$0, $1]`);
    for (const asked of ['= 1', '= $x', 'IN $x', "IN ['x', 1]", "> 'x'", 'IS NOT NULL']) {
      expect(plan(`MATCH (n:B) WHERE n.p ${asked} RETURN n`)[1]).toBe('NodeByLabelScan n:B');
      expect(plan(`MATCH (n:B) WHERE n.p ${asked} RETURN n`, true)[1]).toBe('NodeByLabelScan n:B');
    }
  });

  it('leaves to a range index what that answers', () => {
    expect(plan(`MATCH (n:A) WHERE n.p = 'x' RETURN n`)).toEqual(['NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p = "x"']);
    expect(plan(`MATCH (n:A) WHERE n.p IN ['x'] RETURN n`)).toEqual(['NodeIndexSeek RANGE INDEX n:A(p) WHERE n.p IN ["x"]']);
    expect(plan(`MATCH (n:A) WHERE n.p STARTS WITH 'x' RETURN n`)).toEqual(['NodeIndexSeekByRange RANGE INDEX n:A(p) WHERE n.p STARTS WITH "x"']);
    expect(plan(`MATCH (n:A) WHERE n.p CONTAINS 'x' RETURN n`)[1]).toMatch(/^NodeIndexContainsScan/);
    expect(plan(`MATCH (n:A) WHERE n.p IS NOT NULL AND n.p ENDS WITH 'x' RETURN n`)[1]).toMatch(/^NodeIndexEndsWithScan/);
  });

  it('is one way of several', () => {
    expect(plan(`MATCH (n:B) WHERE n.p CONTAINS 'x' OR n.p ENDS WITH 'y' RETURN n`)).toEqual([
      'Distinct n',
      'Union n',
      'Filter n.p CONTAINS "x"',
      'NodeIndexContainsScan TEXT INDEX n:B(p) WHERE n.p CONTAINS "x"',
      'Filter n.p ENDS WITH "y"',
      'NodeIndexEndsWithScan TEXT INDEX n:B(p) WHERE n.p ENDS WITH "y"',
    ]);
  });

  it('has no order', () => {
    expect(plan(`MATCH (n:B) WHERE n.p CONTAINS 'x' RETURN n ORDER BY n.p`)[0]).toMatch(/^Sort/);
  });
});

describe('hints', () => {
  it('say which kind of index', () => {
    expect(plan(`MATCH (n:A) USING TEXT INDEX n:A(p) WHERE n.p = 'x' RETURN n`)[1]).toMatch(/^NodeIndexSeek TEXT/);
    expect(plan(`MATCH (n:A) USING TEXT INDEX SEEK n:A(p) WHERE n.p STARTS WITH 'x' RETURN n`)[1]).toMatch(/^NodeIndexSeekByRange TEXT/);
    expect(plan(`MATCH (n:A) USING INDEX n:A(p) WHERE n.p CONTAINS 'x' RETURN n`)[1]).toMatch(/^NodeIndexContainsScan TEXT/);
    expect(plan(`MATCH (n:A) USING RANGE INDEX n:A(p) WHERE n.p CONTAINS 'x' AND n.p > 'a' RETURN n`)[1]).toMatch(/^NodeIndexSeekByRange RANGE/);
    expect(plan(`MATCH ()-[r:T]->() USING TEXT INDEX r:T(p) WHERE r.p ENDS WITH 'x' RETURN r`)[1]).toMatch(/^DirectedRelationshipIndexEndsWithScan TEXT/);
  });

  it('that cannot be followed say why', () => {
    expect(() => plan(`MATCH (n:B) USING RANGE INDEX n:B(p) WHERE n.p CONTAINS 'x' RETURN n`)).toThrow('No such index: RANGE INDEX FOR');
    expect(() => plan(`MATCH (n:A) USING TEXT INDEX n:A(q) WHERE n.q CONTAINS 'x' RETURN n`)).toThrow('No such index: TEXT INDEX FOR');
    expect(() => plan(`MATCH (n:B) USING TEXT INDEX n:B(p) WHERE n.p = $x RETURN n`)).toThrow('Cannot use index hint in this context');
    expect(() => plan(`MATCH (n:B) USING TEXT INDEX SEEK n:B(p) WHERE n.p CONTAINS 'x' RETURN n`)).toThrow('Cannot use index hint in this context');
  });
});
