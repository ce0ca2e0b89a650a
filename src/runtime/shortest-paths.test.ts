// Shortest paths in random small graphs, compared with all trails that there are.

import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { MemoryAccount } from './memory.js';
import { ShortestPaths, type ShortestPathsAsked } from './shortest-paths.js';

type Edge = readonly [from: number, to: number];
type Around = (node: number) => readonly number[];

function around(edges: readonly Edge[], direction: 'out' | 'in' | 'both'): Around {
  return (node) =>
    edges.flatMap(([from, to], id) => {
      if (direction !== 'in' && from === node) return [id, to];
      return direction !== 'out' && to === node ? [id, from] : [];
    });
}

interface Trail {
  readonly nodes: readonly number[];
  readonly relationships: readonly number[];
}

function trails(next: Around, from: number, max: number): readonly Trail[] {
  const found: Trail[] = [];
  const walk = (trail: Trail): void => {
    found.push(trail);
    if (trail.relationships.length === max) return;
    const pairs = next(trail.nodes.at(-1) as number);
    for (let at = 0; at < pairs.length; at += 2) {
      const [relationship, node] = [pairs[at] as number, pairs[at + 1] as number];
      if (!trail.relationships.includes(relationship)) walk({ nodes: [...trail.nodes, node], relationships: [...trail.relationships, relationship] });
    }
  };
  walk({ nodes: [from], relationships: [] });
  return found;
}

interface Question {
  readonly edges: readonly Edge[];
  readonly direction: 'out' | 'in' | 'both';
  readonly from: number;
  readonly to: number;
  readonly asked: ShortestPathsAsked;
  readonly relationships: (id: number) => boolean;
  readonly nodes: (id: number) => boolean;
  readonly whole: (trail: readonly number[]) => boolean;
}

function plain({ edges, direction, from, to, asked, relationships, nodes, whole }: Question): readonly string[] {
  const good = trails(around(edges, direction), from, Math.min(asked.max, edges.length)).filter(
    (trail) =>
      trail.nodes.at(-1) === to &&
      trail.relationships.length >= asked.min &&
      trail.nodes.every(nodes) &&
      trail.relationships.every(relationships) &&
      (!asked.whole || whole(trail.relationships)),
  );
  const least = Math.min(...good.map((trail) => trail.relationships.length));
  return good
    .filter((trail) => trail.relationships.length === least)
    .map((trail) => trail.relationships.join())
    .sort();
}

function searched({ edges, direction, from, to, asked, relationships, nodes, whole }: Question): readonly string[] {
  const memory = new MemoryAccount(1e6);
  const back = direction === 'both' ? 'both' : direction === 'out' ? 'in' : 'out';
  const search = new ShortestPaths(memory, [around(edges, direction), around(edges, back)], [from, to], asked, [relationships, nodes]);
  const found: string[] = [];
  for (const trail of search.paths()) {
    if (trail === undefined || (asked.whole && !whole(trail))) continue;
    search.accepted = true;
    found.push(trail.join());
  }
  expect(memory.used).toBe(0);
  return found.sort();
}

describe('ShortestPaths', () => {
  it('finds what a search through all trails finds', () => {
    const random = seededRandom(7);
    const below = (bound: number): number => random.next() % bound;
    let withPaths = 0;
    for (let round = 0; round < 1500; round++) {
      const nodeCount = 2 + below(5);
      const edges = Array.from({ length: below(9) }, (): Edge => [below(nodeCount), below(nodeCount)]);
      const [from, to] = [below(nodeCount), below(nodeCount)];
      const [badEdge, badNode, odd] = [below(12), below(8), below(2)];
      const question: Question = {
        edges,
        direction: (['out', 'in', 'both'] as const)[below(3)] ?? 'out',
        from,
        to,
        asked: { min: from === to ? 0 : below(2), max: below(3) === 0 ? 1 + below(4) : Number.POSITIVE_INFINITY, all: below(2) === 0, whole: below(3) === 0 },
        relationships: (id) => id !== badEdge,
        nodes: (id) => id !== badNode,
        whole: (trail) => trail.length % 2 === odd,
      };
      const [expected, found] = [plain(question), searched(question)];
      if (expected.length > 0) withPaths++;
      if (question.asked.all) expect(found, JSON.stringify(question)).toEqual(expected);
      else {
        expect(found.length, JSON.stringify(question)).toBe(Math.min(1, expected.length));
        if (found[0] !== undefined) expect(expected).toContain(found[0]);
      }
    }
    expect(withPaths).toBeGreaterThan(300);
  });

  it('looks from both ends: not at what lies around the one with many neighbours', () => {
    // 0 has 1000 neighbours, one of which leads to the end.
    const edges: readonly Edge[] = [...Array.from({ length: 1000 }, (_, index): Edge => [0, 1 + index]), [500, 2000]];
    const asked = { min: 1, max: Number.POSITIVE_INFINITY, all: false, whole: false };
    const search = new ShortestPaths(new MemoryAccount(1e6), [around(edges, 'out'), around(edges, 'in')], [0, 2000], asked, [undefined, undefined]);
    expect([...search.paths()].filter((trail) => trail !== undefined)).toEqual([[499, 1000]]);
    expect(search.worked()).toBeLessThan(2100);
  });

  it('counts what it holds, and gives it back when nobody wants more', () => {
    const edges = Array.from({ length: 500 }, (_, index): Edge => [index, index + 1]);
    const both = [around(edges, 'out'), around(edges, 'in')] as const;
    const asked = { min: 1, max: Number.POSITIVE_INFINITY, all: false, whole: false };
    const ends = [0, 500] as const;
    expect(() => [...new ShortestPaths(new MemoryAccount(10_000), both, ends, asked, [undefined, undefined]).paths()]).toThrow('memory.query_bytes');
    const memory = new MemoryAccount(1e6);
    for (const trail of new ShortestPaths(memory, both, ends, asked, [undefined, undefined]).paths()) {
      if (trail === undefined) continue;
      expect(memory.used).toBeGreaterThan(40_000);
      break;
    }
    expect(memory.used).toBe(0);
  });
});
