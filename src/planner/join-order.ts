// In which order a component of a query graph is found. Of every set of its relationships the cheapest way to find just these is kept,
// and made larger: by following one relationship more, or by joining it with another set that was found apart (dynamic programming).
// The sets may be as many as there are subsets, so that ends at `statesMax`; what is larger is followed step by step, from each
// beginning that there is time for, always over the relationship that costs least (`stepsMax`).

import type { Hint } from '../language/ast.js';
import { followedBy } from './hints.js';
import type { GraphRelationship } from './query-graph.js';
import type { State, Step, Steps } from './steps.js';

/** Sets of relationships that are looked at. */
const statesMax = 600;
/** Steps that are taken to find the best beginning of a component that is too large: beginnings × relationships. */
const stepsMax = 1024;
/** Beyond that many relationships sets are not even counted. */
const relationshipsMax = 16;

export interface Component {
  readonly inside: readonly GraphRelationship[];
  readonly hints: readonly Hint[];
  /** Parts may be found apart and joined: nothing is bound before. */
  readonly alone: boolean;
}

/** The cheapest of those that follow the most hints, with all of the component found. */
export function cheapestOrder(steps: Steps, starts: readonly State[], component: Component): State {
  return bySets(steps, starts, component) ?? stepByStep(steps, starts, component);
}

interface Candidate {
  readonly state: State;
  readonly followed: number;
}

function isBetter(a: Candidate, b: Candidate | undefined): boolean {
  return b === undefined || a.followed > b.followed || (a.followed === b.followed && a.state.cost < b.state.cost);
}

// ---------------------------------------------------------------- by sets

function bySets(steps: Steps, starts: readonly State[], { inside, hints, alone }: Component): State | undefined {
  if (inside.length > relationshipsMax) return undefined;
  const bit = new Map(inside.map((r, index) => [r, 1 << index]));
  const maskOf = (state: State) => inside.reduce((mask, r) => (state.left.includes(r) ? mask : mask | (bit.get(r) as number)), 0);
  const all = (1 << inside.length) - 1;
  const best: Map<number, Candidate>[] = inside.map(() => new Map());
  best.push(new Map());
  let looked = 0;
  const offer = (state: State): void => {
    looked += 1;
    const mask = maskOf(state);
    const size = sizeOf(mask);
    const sets = best[size] as Map<number, Candidate>;
    const candidate = { state, followed: followedBy(state.plan, hints) };
    if (isBetter(candidate, sets.get(mask))) sets.set(mask, candidate);
  };
  for (const start of starts) {
    if (all === 0 || maskOf(start) !== 0) offer(start);
    else for (const r of inside) follow(steps, start, r, offer);
  }
  for (let size = 1; size < inside.length; size++) {
    for (const { state } of [...(best[size] as Map<number, Candidate>).values()]) {
      for (const r of inside) if (state.left.includes(r)) follow(steps, state, r, offer);
      if (looked > statesMax) return undefined;
    }
    if (alone) joins(steps, best, size + 1, offer);
    if (looked > statesMax) return undefined;
  }
  return (best[inside.length] as Map<number, Candidate>).get(all)?.state;
}

function follow(steps: Steps, state: State, r: GraphRelationship, offer: (state: State) => void): void {
  const step = steps.step(state, r);
  if (step !== undefined) offer(steps.expand(state, step));
}

/** Sets of `size` relationships from two smaller ones. */
function joins(steps: Steps, best: readonly Map<number, Candidate>[], size: number, offer: (state: State) => void): void {
  for (let small = 1; small * 2 <= size; small++) {
    for (const [mask, a] of best[small] as Map<number, Candidate>) {
      for (const [other, b] of best[size - small] as Map<number, Candidate>) {
        if ((mask & other) !== 0 || (small * 2 === size && mask > other)) continue;
        const joined = steps.join(a.state, b.state);
        if (joined !== undefined) offer(joined);
      }
    }
  }
}

function sizeOf(mask: number): number {
  let count = 0;
  for (let bits = mask; bits !== 0; bits &= bits - 1) count += 1;
  return count;
}

// ---------------------------------------------------------------- step by step

function stepByStep(steps: Steps, starts: readonly State[], { inside, hints }: Component): State {
  const followed = starts.map((start) => followedBy(start.plan, hints));
  const most = Math.max(...followed);
  const sorted = starts.filter((_, index) => followed[index] === most).sort((a, b) => a.cost - b.cost);
  const tried = sorted.slice(0, Math.max(1, Math.floor(stepsMax / Math.max(1, inside.length))));
  return tried.map((start) => followAll(steps, start, inside)).reduce((best, next) => (next.cost < best.cost ? next : best));
}

/** All relationships that can be reached from what is bound. */
function followAll(steps: Steps, state: State, inside: readonly GraphRelationship[]): State {
  let at = state;
  const left = new Set(inside.filter((r) => state.left.includes(r)));
  for (;;) {
    let best: Step | undefined;
    for (const r of left) {
      const step = steps.step(at, r);
      if (step !== undefined && (best === undefined || step.cost < best.cost)) best = step;
    }
    if (best === undefined) return at;
    left.delete(best.relationship);
    at = steps.expand(at, best);
  }
}
