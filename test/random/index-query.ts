// Random queries that an index may answer, alone or in part: seeks, ranges, parts of strings, scans, unions of them, and rows in the order of
// an index. Where rows come in an order they show nothing but what they are ordered by, so that ties do not matter.

import { below, type Random } from '../../src/base/random.js';
import { pointCondition, pointQuery } from './point-query.js';
import { chance, labels, mixedLiteral, pick, types } from './random-graph.js';
import type { RandomQuery } from './random-query.js';

const nodeKeys = ['i', 's', 'x', 'u'] as const;
const relationshipKeys = ['w', 'v'] as const;

/** So many nodes and relationships of other values that an index is worth its while. */
export const others =
  'UNWIND range(10, 34) AS k ' +
  "CREATE (a:A:B:C {u: k, i: 10 + k % 6, s: 's' + k, x: k + 0.25, p: point({x: k, y: k * k})}), " +
  "(b:A:B:C {u: -k, i: -k % 9, s: 't' + k, x: 'x' + k, p: point({longitude: k * 7, latitude: 100 - k * 5})}) " +
  "CREATE (a)-[:R {w: k, v: k, p: point({x: -k, y: k})}]->(b), (a)-[:S {w: k, v: 'v' + k}]->(b), (b)-[:T {w: -k % 7, v: k}]->(a)";

interface Found {
  readonly text: string;
  readonly variable: string;
  readonly keys: readonly string[];
  /** The properties of an index that there is, or some others. */
  readonly indexed: readonly string[];
}

const ofNodes = [
  ...(['i', 's', 'u'] as const).map((key) => ['A', [key]] as const),
  ['B', ['s']],
  ['B', ['i', 's']],
  ['C', ['s']],
  ['C', ['x']],
  ['C', ['x', 'i']],
] as const;
const ofRelationships = [
  ['R', ['w']],
  ['R', ['v']],
  ['S', ['v']],
  ['T', ['w', 'v']],
] as const;

export function indexQuery(random: Random): RandomQuery {
  if (chance(random, 10)) return byTwoKeys(random);
  if (chance(random, 12)) return pointQuery(random);
  const found = chance(random, 60) ? nodePattern(random) : relationshipPattern(random);
  const where = chance(random, 92) ? ` WHERE ${chance(random, 40) ? aimed(random, found) : condition(random, found, 2)}` : '';
  const before = chance(random, 12) ? `UNWIND [1, 2, null, 'a'] AS o ` : '';
  const match = `${before}MATCH ${found.text}${where}`;
  if (chance(random, 12)) return { text: `${match}${written(random, found)} RETURN count(*) AS c`, writes: true, ordered: false };
  if (chance(random, 12)) return { text: `${match} RETURN ${pick(random, ['min', 'max'])}(${property(random, found)}) AS c`, writes: false, ordered: false };
  if (chance(random, 30)) return { text: `${match} RETURN ${pick(random, [found.variable, '*', 'count(*) AS c'])}`, writes: false, ordered: false };
  return ordered(random, found, match);
}

/** By both properties of an index, one of them perhaps asked by equality, in directions that it has or has not. */
function byTwoKeys(random: Random): RandomQuery {
  const [pattern, variable, first, second] = pick(random, [
    ['(n:B)', 'n', 'i', 's'],
    ['(n:C)', 'n', 'x', 'i'],
    ['()-[r:T]-()', 'r', 'w', 'v'],
  ] as const);
  const [one, two] = [`${variable}.${first}`, `${variable}.${second}`];
  const where = `${one} ${chance(random, 70) ? 'IS NOT NULL' : `= ${stored(random, first)}`} AND ${two} IS NOT NULL`;
  const keys = pick(random, [[one, two], [one, two], [two, one], [two]]).map((key) => `${key}${pick(random, ['', ' DESC'])}`);
  return { text: `MATCH ${pattern} WHERE ${where} RETURN ${one} AS a, ${two} AS b ORDER BY ${keys.join(', ')}`, writes: false, ordered: keys.length === 2 };
}

/** Rows in order, often cut: by one key or two, with what stands between a MATCH and its ORDER BY. */
function ordered(random: Random, found: Found, match: string): RandomQuery {
  const indexed = found.indexed.map((key) => `${found.variable}.${key}`);
  const keys = chance(random, 60) ? indexed : [...new Set([property(random, found), ...(chance(random, 25) ? [property(random, found)] : [])])];
  const direction = pick(random, ['', '', ' DESC']);
  const directions = keys.map(() => (chance(random, 85) ? direction : pick(random, ['', ' DESC'])));
  const cut = `${chance(random, 20) ? ` SKIP ${below(random, 3)}` : ''}${chance(random, 60) ? ` LIMIT ${below(random, 5)}` : ''}`;
  const items = keys.map((key, at) => `${key} AS c${at}`).join(', ');
  const by = (names: readonly string[]) => names.map((name, at) => `${name}${directions[at]}`).join(', ');
  const distinct = chance(random, 15) ? 'DISTINCT ' : '';
  const plain = `RETURN ${distinct}${items} ORDER BY ${by(distinct === '' && chance(random, 50) ? keys : keys.map((_, at) => `c${at}`))}${cut}`;
  const renamed = keys.map((key) => key.replace(found.variable, 'z'));
  const steps = [
    plain,
    plain,
    `WITH ${found.variable} AS z ORDER BY ${by(renamed)}${cut} RETURN ${renamed.map((key, at) => `${key} AS c${at}`).join(', ')}`,
    `WITH ${found.variable}, 1 AS one WHERE one = 1 ${plain}`,
    ...(found.variable === 'n' ? [`MATCH (n)--(m) ${plain}`, `OPTIONAL MATCH (n)-->(m) ${plain}`, `WITH n WHERE (n)-->() ${plain}`] : []),
  ];
  return { text: `${match} ${pick(random, steps)}`, writes: false, ordered: true };
}

/** What moves entities in the index that is walked, or finds by one what an earlier row made. */
function written(random: Random, { variable, keys }: Found): string {
  const key = pick(
    random,
    keys.filter((one) => one !== 'u'),
  );
  return pick(random, [
    ` SET ${variable}.${key} = ${pick(random, ['null', '2', "'a'", `${variable}.${pick(random, keys)}`])}`,
    ` ${variable === 'n' ? 'DETACH ' : ''}DELETE ${variable}`,
    ` CREATE (:A {i: 1, s: 'a'})-[:R {w: 2, v: 'a'}]->(:C {x: 2, i: 1})`,
    ` MERGE (m:${pick(random, labels)} {i: ${below(random, 7)}})`,
    ` MERGE ()-[q:${pick(random, types)} {w: ${below(random, 5)}}]->()`,
    variable === 'n' ? ' SET n:B REMOVE n:A' : ' MERGE (a)-[:R {w: 5}]->(:C {x: 5})',
  ]);
}

function nodePattern(random: Random): Found {
  const [token, indexed] = pick(random, ofNodes);
  const label = chance(random, 85) ? `:${token}` : chance(random, 60) ? `:${pick(random, labels)}|${pick(random, labels)}` : '';
  const inline = chance(random, 12) ? ` {${pick(random, nodeKeys)}: ${literal(random)}}` : '';
  return { text: `${pick(random, ['', '', '', '', '(o2)-->'])}(n${label}${inline})`, variable: 'n', keys: nodeKeys, indexed };
}

function relationshipPattern(random: Random): Found {
  const [type, indexed] = pick(random, ofRelationships);
  const [left, right] = pick(random, [
    ['-', '->'],
    ['<-', '-'],
    ['-', '-'],
  ] as const);
  const inline = chance(random, 20) ? ` {${pick(random, relationshipKeys)}: ${literal(random)}}` : '';
  const more = chance(random, 15) ? '-->(c)' : '';
  const end = pick(random, ['b', 'b', 'b:A', 'a']);
  return { text: `(a)${left}[r:${type}${inline}]${right}(${end})${more}`, variable: 'r', keys: relationshipKeys, indexed };
}

function property(random: Random, { variable, keys, indexed }: Found): string {
  return `${variable}.${pick(random, chance(random, 70) ? indexed : keys)}`;
}

function literal(random: Random): string {
  return chance(random, 50) ? String(below(random, 5)) : pick(random, [mixedLiteral(random), "'ab'", '1.0', '[1, 3]']);
}

/** A value that some entity may have. */
function stored(random: Random, key: string): string {
  if (key === 's') return pick(random, ["'a'", "'ab'", "'b'", "'s12'"]);
  return key === 'x' || key === 'v' ? mixedLiteral(random) : String(below(random, 5));
}

/** What the indexes are made for: a key or its first part, ways that meet, and order after equality. */
function aimed(random: Random, found: Found): string {
  const is = (key: string) =>
    `${found.variable}.${key} ${pick(random, ['=', '=', '=', '=', '=', '>', '<='])} ${chance(random, 85) ? stored(random, key) : literal(random)}`;
  const there = (key: string) => `${found.variable}.${key} IS NOT NULL`;
  const one = found.indexed[0] as string;
  const other = found.indexed[1] ?? pick(random, found.variable === 'n' ? ['i', 's', 'u', 'x'] : found.keys);
  return pick(random, [
    `${found.variable}.${one} ${partOf(random)}`,
    `(${found.variable}.${one} ${partOf(random)} OR ${is(other)}) AND ${there(one)}`,
    there(one),
    is(one),
    `(${is(one)} OR ${is(other)})`,
    `(${is(one)} OR ${is(other)}) AND ${is(pick(random, found.keys))}`,
    `(${is(one)} OR (${is(other)} AND ${there(pick(random, found.keys))}) OR ${is(one)})`,
    `${is(one)} AND ${there(other)}`,
    `${there(one)} AND ${there(other)}`,
    `${is(one)} AND ${is(other)}`,
    ...(found.variable === 'n' ? [`((n:A AND ${is(one)}) OR (n:${pick(random, labels)} AND ${is(other)}))`, `(n:${pick(random, labels)} OR ${is(one)})`] : []),
  ]);
}

/** The long ones are those of `others`. */
function partOf(random: Random): string {
  const texts = ["'a'", "'ab'", "'b'", "''", "'s1'", "'s12'", "'x20'", "'v3'", "'v33'", "'t3'", "'é𝄞'"];
  return `${pick(random, ['CONTAINS', 'CONTAINS', 'ENDS WITH', 'STARTS WITH'])} ${chance(random, 90) ? pick(random, texts) : literal(random)}`;
}

function condition(random: Random, found: Found, depth: number): string {
  if (depth > 0 && chance(random, 55)) {
    return `(${condition(random, found, depth - 1)} ${pick(random, ['AND', 'AND', 'OR'])} ${condition(random, found, depth - 1)})`;
  }
  const asked = property(random, found);
  return pick(random, [
    `${asked} ${pick(random, ['=', '<', '<=', '>', '>='])} ${literal(random)}`,
    `${literal(random)} ${pick(random, ['=', '<', '<=', '>', '>='])} ${asked}`,
    `${asked} = ${literal(random)} OR ${asked} = ${literal(random)}`,
    `${asked} IN [${literal(random)}, ${literal(random)}]`,
    `${asked} IS NOT NULL`,
    `${asked} IS NOT NULL`,
    `${asked} STARTS WITH ${pick(random, ["'a'", "''", 'null'])}`,
    `${asked} ${partOf(random)}`,
    pointCondition(random, found.variable),
    ...(found.variable === 'n' ? [`n:${pick(random, labels)}`] : []),
  ]);
}
