// Rows as people and as programs read them: tables, CSV, JSON; parameters from the command line.

import { describe, expect, it } from 'vitest';
import { CypherFloat, type EntitySource, Node, Path, Relationship, type Value } from '../../values/value.js';
import { parseTarget } from './addresses.js';
import { cut, harmless, widthOf } from './cells.js';
import { csvLine, jsonText } from './formats.js';
import { parameterValue } from './parameters.js';
import { counted, summaryLine, timeText } from './summary-text.js';
import { RowTable } from './table.js';

const big = 9007199254740993n;
const source: EntitySource = {
  nodeElementId: (id) => `4:g:${id}`,
  nodeLabels: (id) => (id === 1 ? ['Person'] : []),
  nodeProperties: (id) => (id === 1 ? new Map([['name', 'Ada']]) : new Map()),
  relationshipElementId: (id) => `5:g:${id}`,
  relationshipType: () => 'KNOWS',
  relationshipStart: () => 1,
  relationshipEnd: () => 2,
  relationshipProperties: () => new Map([['since', 1842]]),
};
const [ada, carl, knows] = [new Node(1, source), new Node(2, source), new Relationship(7, source)];

describe('a table', () => {
  const lines = (fields: readonly string[], rows: readonly (readonly Value[])[], width?: number) => {
    const table = new RowTable(fields, width);
    return [...table.rows(rows), ...table.end()];
  };

  it('has numbers to the right and is as wide as its cells', () => {
    expect(
      lines(
        ['name', 'n'],
        [
          ['Ada', 1],
          ['Bo', big],
        ],
      ),
    ).toEqual(
      [
        '┌───────┬──────────────────┐',
        '│ name  │ n                │',
        '├───────┼──────────────────┤',
        "│ 'Ada' │                1 │",
        "│ 'Bo'  │ 9007199254740993 │",
        '└───────┴──────────────────┘',
      ].map((line, at) => (at === 1 ? '│ name  │                n │' : line)),
    );
  });

  it('is cut to the screen, the widest column first', () => {
    for (const line of lines(['a', 'b'], [['x'.repeat(100), 'short']], 40)) expect(widthOf(line)).toBeLessThanOrEqual(40);
    expect(lines(['a', 'b'], [['x'.repeat(100), 'short']], 40).join('\n')).toContain("'short'");
  });

  it('of many columns is a block for each row', () => {
    const fields = Array.from({ length: 30 }, (_, index) => `column${index}`);
    const text = lines(fields, [fields.map(() => 1)], 80);
    expect(text[0]).toBe('── row 1 ──');
    expect(text).toHaveLength(31);
  });

  it('without rows has its head', () => {
    expect(lines(['a'], [])).toEqual(['┌───┐', '│ a │', '├───┤', '└───┘']);
  });

  it('measures wide characters and never sends orders to the terminal', () => {
    expect(widthOf('日本')).toBe(4);
    expect(cut('日本語の文字', 5)).toBe('日本…');
    expect(harmless('\u001b[31mred\u0007')).toBe('\\u001b[31mred\\u0007');
  });
});

describe('CSV and JSON', () => {
  it.each([
    [1, '1', '1'],
    [big, '9007199254740993', '9007199254740993'],
    [new CypherFloat(1), '1.0', '1.0'],
    [new CypherFloat(Number.NaN), 'NaN', '"NaN"'],
    [null, '', 'null'],
    ['', '""', '""'],
    ['a"b', '"a""b"', '"a\\"b"'],
    [true, 'true', 'true'],
    [[1, 'a'], `"[1, 'a']"`, '[1,"a"]'],
    [new Map<string, Value>([['k', big]]), '{k: 9007199254740993}', '{"k":9007199254740993}'],
    [ada, "(:Person {name: 'Ada'})", '{"elementId":"4:g:1","labels":["Person"],"properties":{"name":"Ada"}}'],
  ] as readonly (readonly [Value, string, string])[])('%s', (value, csv, json) => {
    expect(csvLine([value])).toBe(`${csv}\r\n`);
    expect(jsonText(value)).toBe(json);
  });

  it('have paths as their nodes and relationships in turn', () => {
    expect(JSON.parse(jsonText(new Path([ada, carl], [knows])))).toMatchObject([
      { labels: ['Person'] },
      { type: 'KNOWS', startNodeElementId: '4:g:1' },
      { labels: [] },
    ]);
  });
});

describe('parameters', () => {
  it.each([
    ['AT', 'AT'],
    ['7', 7],
    ['9007199254740993', big],
    ['1.0', new CypherFloat(1)],
    ['1e3', new CypherFloat(1000)],
    ['"7"', '7'],
    ['null', null],
    ['[1, "a 2", 3.5]', [1, 'a 2', new CypherFloat(3.5)]],
    ['{"n1": 1}', new Map([['n1', 1]])],
    ['not {json', 'not {json'],
  ] as readonly (readonly [string, Value])[])('%s', (text, expected) => {
    expect(parameterValue(text)).toEqual(expected);
  });

  it('beyond 64 bits are refused', () => {
    expect(() => parameterValue('99999999999999999999')).toThrow(/beyond the integers/);
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1:7688', 'bolt', '127.0.0.1', 7688],
    ['neo4j://db.example', 'neo4j', 'db.example', 7687],
    ['bolt://[::1]:9', 'bolt', '::1', 9],
    ['bolt://[::1]', 'bolt', '::1', 7687],
  ])('%s', (text, scheme, host, port) => {
    expect(parseTarget(text)).toEqual({ scheme, address: { host, port } });
  });

  it.each(['http://x:1', 'bolt://x:port', '', 'neo4j+s://x'])('%j is refused', (text) => {
    expect(() => parseTarget(text)).toThrow(/is not an address|TLS is not there/);
  });
});

describe('what is said below', () => {
  const none = {
    nodesCreated: 0,
    nodesDeleted: 0,
    relationshipsCreated: 0,
    relationshipsDeleted: 0,
    propertiesSet: 0,
    labelsAdded: 0,
    labelsRemoved: 0,
    indexesAdded: 0,
    indexesRemoved: 0,
    constraintsAdded: 0,
    constraintsRemoved: 0,
    systemUpdates: 0,
  };
  it('counts rows and changes', () => {
    expect(summaryLine(2, none, 3.4)).toBe('2 rows, 3 ms');
    expect(summaryLine(undefined, { ...none, nodesCreated: 1, propertiesSet: 2 }, 1250)).toBe('Added 1 node, set 2 properties; 1.25 s');
    expect(summaryLine(undefined, none, 1)).toBe('No changes; 1 ms');
    expect(counted(3, 'index')).toBe('3 indexes');
    expect(timeText(999.4)).toBe('999 ms');
  });
});
