// Each production of expressions and clauses by an example: how it binds, and which tree it makes.

import { describe, expect, it } from 'vitest';
import { CausewayError } from '../errors/error.js';
import type { Expression, LabelExpression, Query } from './ast.js';
import { parse } from './parser.js';

function query(text: string): Query {
  const { statement } = parse(text);
  if (statement.kind !== 'Query') throw new Error(`${text} is a ${statement.kind}`);
  return statement;
}

function expression(text: string): Expression {
  const last = query(`RETURN ${text}`).parts[0]?.clauses.at(-1);
  if (last?.kind !== 'Return') throw new Error('a query ends with RETURN');
  return last.projection.items[0]?.expression as Expression;
}

function labels(e: LabelExpression): string {
  switch (e.kind) {
    case 'Label':
      return e.name;
    case 'LabelAny':
      return '%';
    case 'LabelNot':
      return `!${labels(e.operand)}`;
    default:
      return `(${labels(e.left)}${e.kind === 'LabelAnd' ? '&' : '|'}${labels(e.right)})`;
  }
}

/** With a bracket around each operation, so that it shows what binds what. */
function bracketed(e: Expression): string {
  switch (e.kind) {
    case 'Literal':
      return typeof e.value === 'string' ? `'${e.value}'` : String(e.value);
    case 'Variable':
      return e.name;
    case 'Parameter':
      return `$${e.name}`;
    case 'Property':
      return `${bracketed(e.subject)}.${e.key}`;
    case 'Subscript':
      return `${bracketed(e.subject)}[${bracketed(e.index)}]`;
    case 'Slice':
      return `${bracketed(e.subject)}[${e.from ? bracketed(e.from) : ''}..${e.to ? bracketed(e.to) : ''}]`;
    case 'Unary':
      return `(${e.operator} ${bracketed(e.operand)})`;
    case 'Binary':
      return `(${bracketed(e.left)} ${e.operator} ${bracketed(e.right)})`;
    case 'ComparisonChain':
      return `(${e.operands.map((one, index) => (index === 0 ? '' : `${e.operators[index - 1]} `) + bracketed(one)).join(' ')})`;
    case 'IsNull':
      return `(${bracketed(e.operand)} IS${e.negated ? ' NOT' : ''} NULL)`;
    case 'HasLabels':
      return `(${bracketed(e.subject)}:${labels(e.labels)})`;
    case 'List':
      return `[${e.items.map(bracketed).join(', ')}]`;
    case 'Map':
      return `{${e.entries.map(({ key, value }) => `${key}: ${bracketed(value)}`).join(', ')}}`;
    case 'Function':
      return `${e.name}(${e.distinct ? 'DISTINCT ' : ''}${e.arguments.map(bracketed).join(', ')})`;
    case 'ListComprehension':
      return `[${e.variable.name} IN ${bracketed(e.list)}${e.where ? ` WHERE ${bracketed(e.where)}` : ''}${e.projection ? ` | ${bracketed(e.projection)}` : ''}]`;
    case 'Quantifier':
      return `${e.quantifier}(${e.variable.name} IN ${bracketed(e.list)} WHERE ${bracketed(e.where)})`;
    default:
      return e.kind;
  }
}

describe('expressions', () => {
  const table: readonly [string, string][] = [
    // Levels of binding, weakest first.
    ['a OR b XOR c AND NOT d', '(a OR (b XOR (c AND (NOT d))))'],
    ['NOT a = b', '(NOT (a = b))'],
    ['a + b = c * d', '((a + b) = (c * d))'],
    ['a - b - c', '((a - b) - c)'],
    ['a * b ^ c', '(a * (b ^ c))'],
    ['a ^ b ^ c', '((a ^ b) ^ c)'],
    ['-a.b', '(- a.b)'],
    ['-1 + -9223372036854775808', '(-1 + -9223372036854775808)'],
    ['(a + b) * c', '((a + b) * c)'],
    ["a || 'b'", "(a + 'b')"],
    // Comparisons and predicates.
    ['a < b', '(a < b)'],
    ['a < b <= c', '(a < b <= c)'],
    ['a IN b AND c', '((a IN b) AND c)'],
    ["a STARTS WITH 'x' OR a ENDS WITH 'y' OR a CONTAINS 'z'", "(((a STARTS WITH 'x') OR (a ENDS WITH 'y')) OR (a CONTAINS 'z'))"],
    ["a =~ 'x.*'", "(a =~ 'x.*')"],
    ['a IS NULL OR b IS NOT NULL', '((a IS NULL) OR (b IS NOT NULL))'],
    ['a:A:B', '(a:(A&B))'],
    ['a:A|B&!C', '(a:(A|(B&!C)))'],
    ['a:(A|B)&%', '(a:((A|B)&%))'],
    // Postfix and atoms.
    ['a.b[1].c', 'a.b[1].c'],
    ['a[1..2] + a[..2] + a[1..]', '((a[1..2] + a[..2]) + a[1..])'],
    ['[1, [2], $p]', '[1, [2], $p]'],
    ['{a: 1, `b c`: {d: null}}', '{a: 1, b c: {d: null}}'],
    ['true AND FALSE', '(true AND false)'],
    ['count(DISTINCT a.b)', 'count(DISTINCT a.b)'],
    ['a.b.c(1)', 'a.b.c(1)'],
    ['count(*)', 'CountStar'],
    ['case when a then b end', 'Case'],
    ['reduce(a = 0, x IN l | a + x)', 'Reduce'],
    ['a {.b, .*, c: 1}', 'MapProjection'],
    ['(a)-[:R]->(b)', 'PatternExpression'],
    ['(a)-(b)', '(a - b)'],
    ['EXISTS { (a)-->() }', 'ExistsSubquery'],
    ['COUNT { MATCH (a)-->() WHERE a.b }', 'CountSubquery'],
    // Comprehensions: which bar is whose.
    ['[x IN l]', '[x IN l]'],
    ['[x IN l WHERE x:A | x.b]', '[x IN l WHERE (x:A) | x.b]'],
    ['[x IN l WHERE x:A|B | x]', '[x IN l WHERE (x:(A|B)) | x]'],
    ['[x IN l WHERE x:(A|B)]', '[x IN l WHERE (x:(A|B))]'],
    ['[x IN l WHERE any(y IN x WHERE y:A|B) | x]', '[x IN l WHERE any(y IN x WHERE (y:(A|B))) | x]'],
    ['[(a)-->(b) WHERE b:B | b.c]', 'PatternComprehension'],
    ['[p = (a)-->(b) | p]', 'PatternComprehension'],
    ['[(a)-->(b), true]', '[PatternExpression, true]'],
    // Keywords are names where they can be.
    ['match.return', 'match.return'],
  ];
  for (const [text, expected] of table) it(text, () => expect(bracketed(expression(text))).toBe(expected));
});

describe('clauses', () => {
  const table: readonly [string, object][] = [
    ['MATCH (a:A)-[r:R|S*1..3]->(b) WHERE a.b RETURN a', { kind: 'Match', optional: false, where: { kind: 'Property' } }],
    ['OPTIONAL MATCH p = (a)<--(b) RETURN p', { kind: 'Match', optional: true, pattern: [{ path: { name: 'p' }, relationships: [{ direction: 'in' }] }] }],
    ['MATCH (a)-[*]-(b) RETURN a', { pattern: [{ relationships: [{ direction: 'both', length: { min: undefined, max: undefined } }] }] }],
    ['MATCH (a WHERE a.b > 1) RETURN a', { pattern: [{ nodes: [{ where: { operator: '>' } }] }] }],
    ['UNWIND [1] AS a RETURN a', { kind: 'Unwind', variable: { name: 'a' } }],
    ['WITH DISTINCT 1 AS a ORDER BY a DESC SKIP 1 LIMIT 2 WHERE a RETURN a', { projection: { distinct: true, orderBy: [{ descending: true }] } }],
    ['RETURN *, 1 AS a', { kind: 'Return', projection: { star: true, items: [{ name: 'a', aliased: true }] } }],
    ['RETURN a.b', { projection: { items: [{ name: 'a.b', aliased: false }] } }],
    ['CREATE (a:A {b: 1}), (c)', { kind: 'Create', pattern: [{}, {}] }],
    ['MERGE (a) ON CREATE SET a.b = 1 ON MATCH SET a.c = 2', { kind: 'Merge', onCreate: [{ key: 'b' }], onMatch: [{ key: 'c' }] }],
    ['SET a.b = 1, a = {}, a += {}, a:A:B', { items: [{ key: 'b' }, { replace: true }, { replace: false }, { labels: ['A', 'B'] }] }],
    ['REMOVE a.b, a:A', { kind: 'Remove', items: [{ kind: 'RemoveProperty' }, { kind: 'RemoveLabels' }] }],
    ['DETACH DELETE a, b', { kind: 'Delete', detach: true, expressions: [{}, {}] }],
    ['CALL a.b(1) YIELD c AS d WHERE d RETURN d', { kind: 'CallProcedure', name: 'a.b', yield: [{ name: 'd' }] }],
  ];
  for (const [text, expected] of table) it(text, () => expect(query(text).parts[0]?.clauses[0]).toMatchObject(expected));

  it('UNION joins queries, all of one kind', () => {
    expect(query('RETURN 1 AS a UNION ALL RETURN 2 AS a')).toMatchObject({ unionAll: true, parts: [{}, {}] });
    expect(query('RETURN 1 AS a UNION RETURN 2 AS a')).toMatchObject({ unionAll: false });
  });

  it('USE names the graph', () => expect(query('USE a.b RETURN 1')).toMatchObject({ use: { graph: 'a.b' } }));

  it('options stand in front, in any order', () => {
    expect(parse('CYPHER 5 runtime=slotted EXPLAIN RETURN 1').mode).toBe('explain');
    expect(parse('EXPLAIN CYPHER planner=cost RETURN 1;').mode).toBe('explain');
  });
});

describe('what is no statement says what was expected, and where', () => {
  const table: readonly [string, number, string][] = [
    ['', 0, 'expected a query'],
    ['RETURN', 6, 'expected an expression'],
    ['MATCH (a RETURN a', 9, "expected ')', ':', '{', '$' or 'WHERE'"],
    ['MATCH (a)-[r->(b) RETURN a', 12, "expected ']'"],
    ['RETURN [1, 2', 12, "expected ',' or ']'"],
    ['RETURN {a 1}', 10, "expected ':'"],
    ['RETURN 1 != 2', 9, "you probably meant to use '<>'"],
    ['RETURN 1; RETURN 2', 10, 'expected a clause, an operator or the end of the query'],
    ['RETURN 1 AS a UNION RETURN 2 AS a UNION ALL RETURN 3 AS a', 34, 'Invalid combination of UNION and UNION ALL'],
    ['RETURN 9223372036854775808', 7, 'integer is too large'],
    ['RETURN 1e999', 7, 'floating point number is too large'],
    ['CASE', 0, 'expected a clause'],
    ['FOREACH (x IN l, SET x.a = 1)', 15, "expected '|'"],
    ['MATCH (a)-[:R]->+(b) RETURN a', 16, 'A quantified relationship is not supported yet'],
    ['USING PERIODIC COMMIT LOAD CSV FROM "x" AS r RETURN r', 0, 'not supported yet'],
  ];
  for (const [text, offset, message] of table) {
    it(text === '' ? 'nothing' : text, () => {
      let raised: unknown;
      try {
        parse(text);
      } catch (error) {
        raised = error;
      }
      expect(raised).toBeInstanceOf(CausewayError);
      expect(raised).toMatchObject({ code: 'Neo.ClientError.Statement.SyntaxError', position: { offset } });
      expect((raised as CausewayError).message).toContain(message);
    });
  }
});
