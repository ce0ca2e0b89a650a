// Levels against all trails, on small random graphs with loops, parallel relationships and two types.

import { describe, expect, it } from 'vitest';
import { below, seededRandom } from '../base/random.js';
import { type AdjacencyCursor, ANY_TYPE, IN, OUT } from '../graph/reader.js';
import { LevelWalk } from './level-walk.js';
import { MemoryAccount } from './memory.js';
import type { WalkStep } from './walk-step.js';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly type: number;
}

function graphOf(edges: readonly Edge[]): { adjacency(): AdjacencyCursor } {
  return {
    adjacency() {
      let left = false;
      const cursor: AdjacencyCursor = {
        neighbours: new Int32Array(0),
        relationships: new Int32Array(0),
        start: 0,
        end: 0,
        open(node, direction, type) {
          const own = edges.flatMap((edge, id) =>
            (direction === OUT ? edge.from : edge.to) === node && (type === ANY_TYPE || edge.type === type)
              ? [[id, direction === OUT ? edge.to : edge.from] as const]
              : [],
          );
          cursor.neighbours = Int32Array.from(own, ([, neighbour]) => neighbour);
          cursor.relationships = Int32Array.from(own, ([id]) => id);
          cursor.end = own.length;
          left = own.length > 0;
        },
        next() {
          const more = left;
          left = false;
          return more;
        },
      };
      return cursor;
    },
  };
}

function byTrails(edges: readonly Edge[], start: number, steps: readonly WalkStep[], min: number, max: number, repeats: boolean): readonly number[] {
  const ends = new Set<number>();
  const walk = (node: number, trail: readonly number[]) => {
    if (trail.length >= min) ends.add(node);
    if (trail.length === max) return;
    const step = steps[Math.min(trail.length, steps.length - 1)] as WalkStep;
    edges.forEach((edge, id) => {
      if (!repeats && trail.includes(id)) return;
      if (!step.types.includes(ANY_TYPE) && !step.types.includes(edge.type)) return;
      if (step.admit?.(id) === false) return;
      const onwards = step.directions.flatMap((direction) => {
        const [here, there] = direction === OUT ? [edge.from, edge.to] : [edge.to, edge.from];
        return here === node ? [there] : [];
      });
      for (const there of new Set(onwards)) if (step.admitNode?.(there) !== false) walk(there, [...trail, id]);
    });
  };
  walk(start, []);
  return [...ends].sort((a, b) => a - b);
}

function byLevels(edges: readonly Edge[], start: number, steps: readonly WalkStep[], min: number, max: number, trails: boolean): readonly number[] {
  const memory = new MemoryAccount(1e9);
  const walk = new LevelWalk(memory, graphOf(edges), start, { steps, min, max, trails });
  const ends: number[] = [];
  while (walk.step()) while (walk.next()) for (let at = 0; at < walk.end; at++) ends.push(walk.ids[at] as number);
  walk.close();
  expect(memory.used).toBe(0);
  return ends.sort((a, b) => a - b);
}

const DIRECTIONS = [[OUT], [IN], [OUT, IN]] as const;

describe('LevelWalk', () => {
  const random = seededRandom(7);
  const upTo = (most: number) => below(random, most + 1);
  const graphs = Array.from({ length: 1500 }, () => {
    const nodes = 1 + upTo(4);
    return Array.from({ length: 1 + upTo(8) }, (): Edge => ({ from: upTo(nodes), to: upTo(nodes), type: upTo(1) }));
  });
  const step = (): WalkStep => ({
    directions: DIRECTIONS[upTo(2)] as WalkStep['directions'],
    types: [[ANY_TYPE], [ANY_TYPE], [0], [0, 1]][upTo(3)] as number[],
    admit: upTo(4) === 0 ? (id) => id % 3 !== 0 : undefined,
    admitNode: undefined,
  });

  it('finds the ends of chains, each once', () => {
    for (const edges of graphs) {
      const steps = Array.from({ length: 2 + upTo(2) }, () => ({ ...step(), admitNode: upTo(4) === 0 ? (id: number) => id % 2 === 0 : undefined }));
      const { length } = steps;
      expect(byLevels(edges, 0, steps, length, length, true), JSON.stringify({ edges, steps })).toEqual(byTrails(edges, 0, steps, length, length, false));
      expect(byLevels(edges, 0, steps, length, length, false)).toEqual(byTrails(edges, 0, steps, length, length, true));
    }
  });

  it('finds the ends of trails of several lengths, each once', () => {
    for (const edges of graphs) {
      const [min, steps] = [upTo(3), [step()]];
      const max = Math.max(1, min + upTo(3));
      expect(byLevels(edges, 0, steps, min, max, true), JSON.stringify({ edges, steps, min, max })).toEqual(byTrails(edges, 0, steps, min, max, false));
    }
  });

  it('finds all that is reached', () => {
    for (const edges of graphs) {
      const [min, steps] = [upTo(1), [step()]];
      const all = byTrails(edges, 0, steps, min, edges.length, false);
      expect(byLevels(edges, 0, steps, min, Number.POSITIVE_INFINITY, true), JSON.stringify({ edges, steps, min })).toEqual(all);
    }
  });
});
