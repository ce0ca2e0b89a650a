import { describe, expect, it } from 'vitest';
import { oneLine, StatementReader } from './statements.js';

function read(text: string): readonly string[] {
  const reader = new StatementReader();
  const found = text.split('\n').flatMap((line) => reader.take(line));
  const last = reader.end();
  return [...found, ...(last === undefined ? [] : [last])].map((input) => `${input.line} ${input.kind} ${input.text}`);
}

describe('lines become statements', () => {
  it.each([
    ['RETURN 1;', ['1 statement RETURN 1']],
    ['RETURN 1; RETURN 2;', ['1 statement RETURN 1', '1 statement  RETURN 2']],
    ['RETURN\n  1\n;RETURN 2', ['1 statement RETURN\n  1', '3 statement RETURN 2']],
    ["RETURN ';' AS a;", ["1 statement RETURN ';' AS a"]],
    ["RETURN 'it\\'s; ' AS a;", ["1 statement RETURN 'it\\'s; ' AS a"]],
    ['RETURN `a;b`;', ['1 statement RETURN `a;b`']],
    ['// only; a comment\nRETURN 1; // more; of it', ['2 statement // only; a comment\nRETURN 1']],
    ['RETURN /* ; */ 1;', ['1 statement RETURN /* ; */ 1']],
    ['/* one;\n two; */ RETURN 1;', ['2 statement /* one;\n two; */ RETURN 1']],
    [':begin\nRETURN 1;\n:commit', ['1 command :begin', '2 statement RETURN 1', '3 command :commit']],
    ['  :use neo4j;', ['1 command :use neo4j']],
    ['MATCH (n\n:Label) RETURN n;', ['1 statement MATCH (n\n:Label) RETURN n']],
    [';;;', []],
    ['', []],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('are pending until the statement ends', () => {
    const reader = new StatementReader();
    expect(reader.take('MATCH (n)')).toEqual([]);
    expect(reader.pending).toBe('MATCH (n)');
    reader.clear();
    expect(reader.pending).toBe('');
    expect(reader.take('RETURN 1;')).toHaveLength(1);
  });
});

describe('in the history', () => {
  it.each([
    ['MATCH (n)\n  RETURN n', 'MATCH (n) RETURN n'],
    ["RETURN 'two  spaces\nand a line'", "RETURN 'two  spaces\\nand a line'"],
    ['RETURN 1 // why\n + 2', 'RETURN 1   + 2'],
  ])('%j is one line', (text, expected) => {
    expect(oneLine(text)).toBe(expected);
  });
});
