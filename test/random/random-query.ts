// Random queries as text, such that what they give is fixed by the language: LIMIT stands behind a total order, what is
// written does not hang on the order of rows, and what was deleted is not looked at again.

import { below, type Random } from '../../src/base/random.js';
import { chance, labels, mixedLiteral, pick, types } from './random-graph.js';

type Kind = 'node' | 'relationship' | 'relationships' | 'path' | 'integer' | 'text' | 'any' | 'list';

export interface RandomQuery {
  readonly text: string;
  readonly writes: boolean;
  /** Rows come in a total order. */
  readonly ordered: boolean;
}

export function randomQuery(random: Random): RandomQuery {
  if (chance(random, 30)) return new Maker(random).writing();
  if (chance(random, 12)) {
    const parts = Array.from({ length: 2 + below(random, 2) }, () => new Maker(random).reading(2, false).text);
    return { text: parts.join(chance(random, 50) ? ' UNION ' : ' UNION ALL '), writes: false, ordered: false };
  }
  return new Maker(random).reading(undefined, chance(random, 30));
}

class Maker {
  readonly #random: Random;
  readonly #clauses: string[];
  #scope: Map<string, Kind>;
  #made: number;

  constructor(random: Random) {
    this.#random = random;
    this.#clauses = [];
    this.#scope = new Map();
    this.#made = 0;
  }

  reading(columns: number | undefined, ordered: boolean): RandomQuery {
    const count = 1 + below(this.#random, 3);
    for (let index = 0; index < count; index++) this.#readingClause(index === 0);
    const items = Array.from({ length: columns ?? 1 + below(this.#random, 3) }, (_, index) => `${this.#shown()} AS c${index}`);
    const names = items.map((_, index) => `c${index}`).join(', ');
    const aggregated = columns === undefined && chance(this.#random, 25) ? [`${this.#aggregate()} AS g`] : [];
    const distinct = chance(this.#random, 20) ? 'DISTINCT ' : '';
    const all = aggregated.length > 0 ? `${names}, g` : names;
    const limit = ordered
      ? `${chance(this.#random, 40) ? ` SKIP ${below(this.#random, 3)}` : ''}${chance(this.#random, 60) ? ` LIMIT ${below(this.#random, 5)}` : ''}`
      : '';
    const order = ordered ? ` ORDER BY ${all}${limit}` : '';
    return { text: [...this.#clauses, `RETURN ${distinct}${[...items, ...aggregated].join(', ')}${order}`].join(' '), writes: false, ordered };
  }

  writing(): RandomQuery {
    const random = this.#random;
    if (chance(random, 80)) this.#readingClause(true);
    const count = 1 + below(random, 3);
    for (let index = 0; index < count; index++) {
      this.#writingClause();
      if (!chance(random, 50)) continue;
      // Cypher wants it between a write and a MATCH.
      this.#withClause();
      this.#matchClause(chance(random, 30));
    }
    const items = [`count(*) AS c0`, ...(chance(random, 60) ? [`${this.#aggregate()} AS c1`] : [])];
    return { text: [...this.#clauses, `RETURN ${items.join(', ')}`].join(' '), writes: true, ordered: false };
  }

  // ---------------------------------------------------------------- clauses

  #readingClause(first: boolean): void {
    const choice = below(this.#random, 100);
    if (first || choice < 45) this.#matchClause(!first && chance(this.#random, 40));
    else if (choice < 60) this.#unwindClause();
    else this.#withClause();
  }

  #matchClause(optional: boolean): void {
    const parts = Array.from({ length: chance(this.#random, 20) ? 2 : 1 }, () => this.#pattern());
    for (const part of parts) for (const [name, kind] of part.bound) this.#scope.set(name, kind);
    const where = chance(this.#random, 50) ? ` WHERE ${this.#condition(2)}` : '';
    // A second MATCH follows an OPTIONAL one only after WITH, which some versions ask for and all allow.
    if (!optional && this.#clauses.at(-1)?.startsWith('OPTIONAL')) this.#clauses.push(`WITH ${[...this.#scopeBefore(parts)].join(', ') || '1 AS one'}`);
    this.#clauses.push(`${optional ? 'OPTIONAL ' : ''}MATCH ${parts.map((part) => part.text).join(', ')}${this.#joinHint(parts)}${where}`);
  }

  /** At a node between two relationships: small graphs give no other reason to join. */
  #joinHint(parts: readonly { readonly joints: readonly string[] }[]): string {
    const joints = parts.flatMap((part) => part.joints);
    return joints.length > 0 && chance(this.#random, 60) ? ` USING JOIN ON ${pick(this.#random, joints)}` : '';
  }

  #scopeBefore(parts: readonly { readonly bound: readonly (readonly [string, Kind])[] }[]): readonly string[] {
    const added = new Set(parts.flatMap((part) => part.bound.map(([name]) => name)));
    return [...this.#scope.keys()].filter((name) => !added.has(name));
  }

  #pattern(): { readonly text: string; readonly bound: readonly (readonly [string, Kind])[]; readonly joints: readonly string[] } {
    const random = this.#random;
    const bound: (readonly [string, Kind])[] = [];
    const joints: string[] = [];
    const named = (kind: Kind, percent: number) => {
      if (!chance(random, percent)) return '';
      const name = this.#fresh(kind);
      bound.push([name, kind]);
      return name;
    };
    const node = (percent: number) => {
      const old = this.#some('node');
      if (old !== undefined && chance(random, 35)) return `(${old})`;
      const inline = chance(random, 7) ? ` {i: ${below(random, 5)}}` : '';
      return `(${named('node', percent)}${chance(random, 30) ? `:${pick(random, labels)}` : ''}${inline})`;
    };
    let last = node(90);
    let text = last;
    const hops = pick(random, [0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    for (let hop = 0; hop < hops; hop++) {
      const [, name] = /^\((\w+)/.exec(last) ?? [];
      if (hop > 0 && name !== undefined) joints.push(name);
      const length = chance(random, 15) ? pick(random, ['*1..2', '*0..2', '*2', '*..2']) : '';
      const relationship = named(length === '' ? 'relationship' : 'relationships', 45);
      const type = chance(random, 35) ? `:${pick(random, types)}${chance(random, 20) ? `|${pick(random, types)}` : ''}` : '';
      const inside = `[${relationship}${type}${length}]`;
      const [left, right] = pick(random, [
        ['-', '->'],
        ['<-', '-'],
        ['-', '-'],
      ]);
      last = node(75);
      text += `${left}${inside}${right}${last}`;
    }
    if (hops > 0 && chance(random, 12)) {
      const name = named('path', 100);
      text = `${name} = ${text}`;
    }
    return { text, bound, joints };
  }

  #unwindClause(): void {
    const random = this.#random;
    const list = pick(random, ['[1, 2, 2, null]', 'range(0, 2)', '[]', "['a', 'ab']", `[${mixedLiteral(random)}, ${mixedLiteral(random)}]`]);
    const name = this.#fresh('any');
    this.#clauses.push(`UNWIND ${list} AS ${name}`);
    this.#scope.set(name, list.startsWith('range') ? 'integer' : 'any');
  }

  #withClause(): void {
    const random = this.#random;
    const kept = [...this.#scope].filter(() => chance(random, 75));
    const scope = new Map(kept);
    const items = kept.map(([name]) => name);
    if (chance(random, 40)) {
      const name = this.#fresh('any');
      items.push(`${chance(random, 50) ? this.#aggregate() : this.#shown()} AS ${name}`);
      scope.set(name, 'any');
    }
    if (items.length === 0) {
      items.push('1 AS one');
      scope.set('one', 'integer');
    }
    const order = chance(random, 25) ? ` ORDER BY ${[...scope.keys()].join(', ')}${chance(random, 70) ? ` LIMIT ${1 + below(random, 4)}` : ''}` : '';
    this.#scope = scope;
    const where = chance(random, 30) ? ` WHERE ${this.#condition(1)}` : '';
    this.#clauses.push(`WITH ${chance(random, 20) ? 'DISTINCT ' : ''}${items.join(', ')}${order}${where}`);
  }

  #writingClause(): void {
    const random = this.#random;
    const node = this.#some('node');
    const relationship = this.#some('relationship');
    const choice = below(random, 100);
    if (node === undefined || choice < 22) return this.#create(node);
    if (choice < 40) {
      const change = pick(random, [
        `SET ${node}.i = coalesce(${node}.i, 0) + 1`,
        `SET ${node}.s = 'new'`,
        `SET ${node} += {i: 3, s: null}`,
        `SET ${node}:${pick(random, labels)}`,
        `REMOVE ${node}:${pick(random, labels)}`,
        `REMOVE ${node}.i`,
        `SET ${node}.x = ${pick(random, ['1.5', "'a'", 'null', '[1]'])}`,
      ]);
      this.#clauses.push(change);
      return;
    }
    if (choice < 60) return this.#merge(node);
    if (choice < 75 && relationship !== undefined) {
      this.#clauses.push(pick(random, [`SET ${relationship}.w = 9`, `DELETE ${relationship} WITH 1 AS one`]));
      if (this.#clauses.at(-1)?.startsWith('DELETE')) this.#scope = new Map([['one', 'integer']]);
      return;
    }
    this.#clauses.push(`${chance(random, 80) ? 'DETACH ' : ''}DELETE ${node} WITH 1 AS one`);
    this.#scope = new Map([['one', 'integer']]);
  }

  #create(node: string | undefined): void {
    const random = this.#random;
    const name = this.#fresh('node');
    const made = `(${name}:${pick(random, labels)} {i: ${below(random, 5)}, s: 'new'})`;
    const text =
      node === undefined || chance(random, 50)
        ? made
        : chance(random, 50)
          ? `(${node})-[:${pick(random, types)} {w: 1}]->${made}`
          : `${made}-[:${pick(random, types)}]->(${node})`;
    this.#clauses.push(`CREATE ${text}`);
    this.#scope.set(name, 'node');
  }

  #merge(node: string): void {
    const random = this.#random;
    const name = this.#fresh('node');
    const after = chance(random, 50) ? ` ON CREATE SET ${name}.s = 'made' ON MATCH SET ${name}.s = 'met'` : '';
    if (chance(random, 60)) {
      this.#clauses.push(`MERGE (${name}:${pick(random, labels)} {i: ${below(random, 5)}})${after}`);
      this.#scope.set(name, 'node');
      return;
    }
    const other = this.#some('node') ?? node;
    this.#clauses.push(`MERGE (${node})-[:${pick(random, types)}]->(${other})`);
  }

  // ---------------------------------------------------------------- expressions

  #condition(depth: number): string {
    const random = this.#random;
    if (depth > 0 && chance(random, 35)) {
      if (chance(random, 25)) return `NOT (${this.#condition(depth - 1)})`;
      return `(${this.#condition(depth - 1)} ${pick(random, ['AND', 'AND', 'OR', 'XOR'])} ${this.#condition(depth - 1)})`;
    }
    const [node, other] = [this.#some('node'), this.#some('node')];
    const relationship = this.#some('relationship');
    const any = this.#some('any');
    const choices = ['true', '1 < 2', '1 IN [1, null]'];
    if (any !== undefined) choices.push(`${any} = ${mixedLiteral(random)}`, `${any} IS NOT NULL`, `${any} < 2`);
    if (relationship !== undefined) {
      choices.push(`${relationship}.w > 1`, `type(${relationship}) = '${pick(random, types)}'`, `id(${relationship}) = ${below(random, 12)}`);
      choices.push(`id(${relationship}) IN [1.0, ${below(random, 12)}, null]`);
    }
    if (node !== undefined && other !== undefined) {
      const comparison = pick(random, ['=', '<>', '<', '<=', '>', '>=']);
      choices.push(
        `${node}.i ${comparison} ${below(random, 5)}`,
        `${node}.i ${comparison} ${other}.i`,
        `${node}.i = ${below(random, 5)}`,
        `${node}.u = ${below(random, 8)}`,
        `${node}.u IN [0, 2, ${below(random, 8)}, null]`,
        `${node}.x = ${mixedLiteral(random)}`,
        `${node}.x ${comparison} ${mixedLiteral(random)}`,
        `${node}.s STARTS WITH ${pick(random, ["'a'", "''", "'b'"])}`,
        `${node}.s ${pick(random, ['CONTAINS', 'ENDS WITH'])} 'a'`,
        `${node}.s = ${pick(random, ["'a'", "'ab'", "''"])}`,
        `${node}.s =~ 'a.*'`,
        `${node}.i IN [1, 2, 4]`,
        `${below(random, 2)} < ${node}.i <= 3`,
        `${node}.s IS ${chance(random, 50) ? 'NOT ' : ''}NULL`,
        `${node}:${pick(random, labels)}`,
        `(${node}:${pick(random, labels)} OR ${node}:${pick(random, labels)})`,
        `${node} = ${other}`,
        `id(${node}) = ${below(random, 8)}`,
        `id(${node}) IN [1.0, ${below(random, 8)}, null]`,
        `(${node})-[:${pick(random, types)}]->()`,
        `(${node})--(${other})`,
        `NOT (${node})-->(:${pick(random, labels)})`,
        `EXISTS { (${node})-[e]->(f) WHERE f.i > 1 }`,
        `COUNT { (${node})--() } > ${below(random, 3)}`,
        `any(v IN [${node}.i, 2] WHERE v = ${below(random, 4)})`,
        `${pick(random, ['all', 'none', 'single'])}(v IN [1, ${node}.i] WHERE v > 1)`,
      );
    }
    return pick(random, choices);
  }

  /** An expression whose value is shown. */
  #shown(): string {
    const random = this.#random;
    const [node, relationship, list, path, any] = (['node', 'relationship', 'relationships', 'path', 'any'] as const).map((kind) => this.#some(kind));
    const choices = ['1', "'k'", 'null', '[1, null]'];
    if (any !== undefined) choices.push(any, `coalesce(${any}, 0)`, `[${any}, 1]`);
    if (list !== undefined) choices.push(`size(${list})`, list);
    if (path !== undefined) choices.push(`length(${path})`, path, `size(nodes(${path}))`, `[q IN nodes(${path}) | q.i]`);
    if (relationship !== undefined) choices.push(`${relationship}.w`, `type(${relationship})`, `startNode(${relationship})`, relationship);
    if (node !== undefined) {
      choices.push(
        node,
        `${node}.i`,
        `${node}.x`,
        `${node}.s`,
        `${node}.i + 1`,
        `coalesce(${node}.i, -1) * 2`,
        `size(labels(${node}))`,
        `CASE WHEN ${this.#condition(1)} THEN 'yes' ELSE ${node}.i END`,
        `CASE ${node}.i WHEN 1 THEN 'one' WHEN 2 THEN 'two' END`,
        `[v IN [1, 2, ${node}.i] WHERE v > 1 | v * 2]`,
        `reduce(t = 0, v IN [1, coalesce(${node}.i, 0)] | t + v)`,
        `size([(${node})-->(m) | m.i])`,
        `COUNT { (${node})-[:${pick(random, types)}]-() }`,
        `${node} {.i, .s}`.replace(/ \{.*/, '.u'),
        `[${node}.i, ${node}.s][${below(random, 2)}]`,
        `${node}.i IN [1, null]`,
        `range(0, 3)[..${below(random, 3)}]`,
      );
    }
    return pick(random, choices);
  }

  #aggregate(): string {
    const random = this.#random;
    const [node, relationship, any] = (['node', 'relationship', 'any'] as const).map((kind) => this.#some(kind));
    const choices = ['count(*)'];
    if (any !== undefined) choices.push(`count(${any})`, `count(DISTINCT ${any})`, `min(${any})`, `max(${any})`);
    if (relationship !== undefined) choices.push(`sum(${relationship}.w)`, `count(DISTINCT ${relationship})`);
    if (node !== undefined) {
      choices.push(
        `count(${node})`,
        `count(DISTINCT ${node}.i)`,
        `sum(${node}.i)`,
        `avg(${node}.i)`,
        `min(${node}.x)`,
        `max(${node}.s)`,
        `percentileDisc(${node}.i, 0.5)`,
        `size(collect(${node}.s))`,
        `count(*) + sum(${node}.i)`,
      );
    }
    return pick(random, choices);
  }

  // ---------------------------------------------------------------- names

  #fresh(kind: Kind): string {
    this.#made++;
    return `${kind === 'relationships' ? 'l' : kind.charAt(0)}${this.#made}`;
  }

  #some(kind: Kind): string | undefined {
    const names = [...this.#scope].filter(([, one]) => one === kind).map(([name]) => name);
    return names.length === 0 ? undefined : pick(this.#random, names);
  }
}
