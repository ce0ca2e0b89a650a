// What is asked of an index of points, and what is not.

import { describe, expect, it } from 'vitest';
import { operators, planned, schemaOf } from '../../test/support/made-up-schema.js';

const schema = schemaOf(['point', 'L(p)'], ['point', '[T(p)]'], ['point', 'M(p)'], ['range', 'M(p)']);
const plan = (text: string) => operators(planned(text, schema));

describe('an index of points', () => {
  it('is asked for distances, however they are written, and what it finds is checked', () => {
    for (const [written, operator] of [
      ['point.distance(n.p, $c) < $d', '<'],
      ['point.distance($c, n.p) <= $d', '<='],
      ['$d > point.distance(n.p, $c)', '<'],
      ['$d >= point.distance($c, n.p)', '<='],
    ] as const) {
      expect(plan(`MATCH (n:L) WHERE ${written} RETURN n`)).toEqual([
        `Filter ${written}`,
        `NodeIndexSeekByRange POINT INDEX n:L(p) WHERE point.distance(n.p, $c) ${operator} $d`,
      ]);
    }
  });

  it('is asked for boxes and for points', () => {
    const box = 'point.withinBBox(n.p, $low, $high)';
    expect(plan(`MATCH (n:L) WHERE ${box} RETURN n`)).toEqual([`Filter ${box}`, `NodeIndexSeekByRange POINT INDEX n:L(p) WHERE ${box}`]);
    expect(plan('MATCH (n:L {p: point({x: 1, y: $y})}) RETURN n')[1]).toBe('NodeIndexSeek POINT INDEX n:L(p) WHERE n.p = point({x: 1, y: $y})');
  });

  it('is asked for relationships, and for each row before it', () => {
    expect(plan('MATCH (a)<-[r:T]-(b) WHERE point.distance(r.p, $c) < 5 RETURN r')).toEqual([
      'Filter point.distance(r.p, $c) < 5',
      'DirectedRelationshipIndexSeekByRange POINT INDEX (b)-[r:T(p)]->(a) WHERE point.distance(r.p, $c) < 5',
    ]);
    expect(plan('UNWIND $list AS c MATCH (n:L) WHERE point.distance(n.p, c.at) < c.radius RETURN n')).toEqual([
      'Filter point.distance(n.p, c.at) < c.radius',
      'NodeIndexSeekByRange POINT INDEX n:L(p) WHERE point.distance(n.p, c.at) < c.radius',
      'Unwind $list AS c',
    ]);
  });

  it('is one of several ways', () => {
    expect(plan('MATCH (n:L) WHERE point.distance(n.p, $c) < 5 OR n.p = point($m) RETURN n')).toEqual([
      'Distinct n',
      'Union n',
      'Filter point.distance(n.p, $c) < 5',
      'NodeIndexSeekByRange POINT INDEX n:L(p) WHERE point.distance(n.p, $c) < 5',
      'Filter n.p = point($m)',
      'NodeIndexSeek POINT INDEX n:L(p) WHERE n.p = point($m)',
    ]);
  });

  it('is not asked for what is far, what may be no point, or what is found later', () => {
    for (const other of [
      'point.distance(n.p, $c) > 5',
      'point.distance(n.p, n.q) < 5',
      'point.distance(n.p, $c) < n.q',
      'n.p = $c',
      'n.p > 1',
      'n.p IS NOT NULL',
      'n.p IN [point($m)]',
    ]) {
      expect(plan(`MATCH (n:L) WHERE ${other} RETURN n`).at(-1)).toBe('NodeByLabelScan n:L');
    }
  });

  it('leaves to an index of all values what that answers without a check', () => {
    expect(plan('MATCH (n:M) WHERE n.p = point($m) RETURN n')).toEqual(['NodeIndexSeek RANGE INDEX n:M(p) WHERE n.p = point($m)']);
  });

  it('gives no order', () => {
    expect(plan('MATCH (n:L) WHERE n.p = point($m) RETURN n ORDER BY n.p')[0]).toMatch(/^Sort/);
    expect(plan('MATCH (n:L) WHERE point.distance(n.p, $c) < 5 RETURN n ORDER BY n.p')[0]).toMatch(/^Sort/);
  });
});
