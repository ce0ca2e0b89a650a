// A pass over a plan: where only the distinct ends of a chain of relationships count, the trails between are not made. The chain
// becomes one DistinctExpand, which visits a node once for each step however many trails lead there.
//
//   Distinct n ── Expand (b)-->(n) ── Expand (a)-->(b) ── …      Distinct n ── DistinctExpand (a)-->()-->(n) ── …
//
// Needs: a whole plan. Makes true: the same rows above each Distinct and each aggregation of distinct values; of rows below them fewer may
// be the same.

import type { Expression } from '../language/ast.js';
import { some } from '../semantics/tree.js';
import { conjunction, conjuncts, hasSubquery, variablesOf } from './expressions.js';
import type { DistinctExpand, DistinctStep, EachPredicate, Expand, Filter, Plan, VariableExpand } from './plan.js';
import { mapInputs } from './plan-tree.js';
import { expressionsOf } from './touched.js';

/** Names whose values count above an operator, where how often they come does not; undefined where it does. */
type Needed = ReadonlySet<string> | undefined;

export function distinctLevels(plan: Plan): Plan {
  return rewritten(plan, undefined);
}

function rewritten(plan: Plan, needed: Needed): Plan {
  const chain = needed === undefined ? undefined : chainOf(plan, needed);
  if (chain !== undefined && needed !== undefined) {
    const { walk, ends } = chain;
    const read = [...expressionsOf(walk), ...(ends === undefined ? [] : [ends])].flatMap((e) => [...variablesOf(e)]);
    const walked: Plan = { ...walk, source: rewritten(walk.source, and(needed, [walk.from, ...read])) };
    return ends === undefined ? walked : { kind: 'Filter', source: walked, predicate: ends, rows: plan.rows };
  }
  const same = mapInputs(plan, (input) => rewritten(input, neededBelow(plan, input, needed)));
  if (same.kind !== 'Optional' || same === plan || needed === undefined) return same;
  // What nobody needs may be bound no more.
  return { ...same, variables: same.variables.filter((name) => needed.has(name)) };
}

function and(names: ReadonlySet<string>, more: Iterable<string>): ReadonlySet<string> {
  return new Set([...names, ...more]);
}

function neededBelow(plan: Plan, input: Plan, needed: Needed): Needed {
  switch (plan.kind) {
    case 'Distinct':
      return new Set(plan.variables);
    case 'Aggregate':
      return plan.items.every(({ function: f, distinct }) => distinct || f === 'min' || f === 'max') ? used(plan) : undefined;
    default:
      break;
  }
  if (needed === undefined || expressionsOf(plan).some((e) => hasSubquery(e) || some(e, isChance))) return undefined;
  switch (plan.kind) {
    case 'Project':
      return plan.discard ? used(plan) : and(needed, used(plan));
    case 'Filter':
    case 'Unwind':
    case 'Optional':
    case 'AllNodesScan':
    case 'NodeByLabelScan':
    case 'NodeIndexSeek':
    case 'NodeByIdSeek':
    case 'RelationshipByIdSeek':
    case 'RelationshipIndexSeek':
    case 'RelationshipTypeScan':
      return and(needed, used(plan));
    case 'Expand':
    case 'VariableExpand':
      return and(needed, [...used(plan), plan.from, ...plan.distinctFrom, ...(plan.into ? [plan.to] : [])]);
    case 'NodeHashJoin':
      return and(needed, plan.nodes);
    case 'CartesianProduct':
    case 'ValueHashJoin':
      return and(needed, used(plan));
    case 'Union':
      return new Set(plan.variables);
    case 'Apply':
      // The right side may use anything that the left binds.
      return input === plan.left ? and(needed, mentioned(plan.right)) : needed;
    case 'SemiApply':
      return input === plan.left ? and(needed, mentioned(plan.right)) : undefined;
    default:
      return undefined;
  }
}

function isChance(e: Parameters<typeof some>[0]): boolean {
  return e.kind === 'Function' && /^(rand|randomuuid)$/i.test(e.name);
}

/** What the operator's own expressions read. */
function used(plan: Plan): ReadonlySet<string> {
  return new Set(expressionsOf(plan).flatMap((e) => [...variablesOf(e)]));
}

/** Every name that a plan may read or bind. */
function mentioned(plan: Plan): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (at: Plan): Plan => {
    for (const name of used(at)) names.add(name);
    for (const value of Object.values(at)) {
      if (typeof value === 'string') names.add(value);
      else if (Array.isArray(value)) for (const one of value) if (typeof one === 'string') names.add(one);
    }
    if (at.kind === 'BuildPath') for (const { variable } of at.relationships) names.add(variable);
    return mapInputs(at, visit);
  };
  visit(plan);
  return names;
}

// ---------------------------------------------------------------- chains

interface Link {
  readonly expand: Expand;
  readonly filters: readonly Filter[];
}

interface Chain {
  readonly walk: DistinctExpand;
  /** What is asked of the ends: the code around a walk asks it of many at once. */
  readonly ends: Expression | undefined;
}

function chainOf(plan: Plan, needed: ReadonlySet<string>): Chain | undefined {
  if (plan.kind === 'VariableExpand') return ofVariable(plan, needed);
  const links: Link[] = [];
  for (let at: Plan = plan; ; ) {
    const link = linkAt(at);
    const above = links[0];
    if (link === undefined || (above !== undefined && above.expand.from !== link.expand.to)) break;
    links.unshift(link);
    at = link.expand.source;
  }
  // The longest chain whose inside nobody asks for; what is below it stays as it is.
  for (let skipped = 0; links.length - skipped > 1; skipped++) {
    const chain = ofLinks(links.slice(skipped), needed);
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function linkAt(plan: Plan): Link | undefined {
  const filters: Filter[] = [];
  let at = plan;
  for (; at.kind === 'Filter'; at = at.source) filters.push(at);
  return at.kind === 'Expand' && !at.into ? { expand: at, filters } : undefined;
}

function ofVariable(plan: VariableExpand, needed: ReadonlySet<string>): Chain | undefined {
  const { source, from, to, direction, types, min, max, rows } = plan;
  if (plan.into || plan.distinctFrom.length > 0 || needed.has(plan.relationship) || max === 0 || (max ?? 2) < 2) return undefined;
  // Levels without end: each may have every node.
  if (min > 1 && max === undefined) return undefined;
  if (plan.each !== undefined && hasSubquery(plan.each.predicate)) return undefined;
  const step: DistinctStep = { direction, types, relationship: plan.each, node: undefined };
  return { walk: { kind: 'DistinctExpand', source, from, to, steps: [step], min, max, trails: true, rows }, ends: undefined };
}

function ofLinks(links: readonly Link[], needed: ReadonlySet<string>): Chain | undefined {
  const [first, last] = [links[0] as Link, links.at(-1) as Link];
  const inside = new Set(links.flatMap(({ expand }) => (expand === last.expand ? [expand.relationship] : [expand.relationship, expand.to])));
  if ([...inside].some((name) => needed.has(name))) return undefined;
  const trails = repeats(links.map(({ expand }) => expand));
  if (trails === undefined) return undefined;
  const steps: DistinctStep[] = [];
  for (const { expand, filters } of links) {
    const step = stepOf(expand, filters, new Set([...inside, last.expand.to]));
    if (step === undefined) return undefined;
    steps.push(step);
  }
  const length = steps.length;
  const [{ source, from }, { to, rows }] = [first.expand, last.expand];
  const ends = steps.at(-1)?.node?.predicate;
  steps.push({ ...(steps.pop() as DistinctStep), node: undefined });
  return { walk: { kind: 'DistinctExpand', source, from, to, steps, min: length, max: length, trails, rows }, ends };
}

/** Whether relationships of the chain must differ: all those that may be the same, or none; undefined for anything between. */
function repeats(expands: readonly Expand[]): boolean | undefined {
  const own = new Set(expands.map(({ relationship }) => relationship));
  if (expands.some(({ distinctFrom }) => distinctFrom.some((name) => !own.has(name)))) return undefined;
  let [asked, open] = [0, 0];
  expands.forEach((expand, index) => {
    for (const before of expands.slice(0, index)) {
      const mayBeSame = expand.types.length === 0 || before.types.length === 0 || expand.types.some((type) => before.types.includes(type));
      if (expand.distinctFrom.includes(before.relationship)) asked += 1;
      else if (mayBeSame) open += 1;
    }
  });
  return open === 0 ? asked > 0 : asked === 0 ? false : undefined;
}

/** Checks of the relationship alone, or of the node behind it alone. */
function stepOf(expand: Expand, filters: readonly Filter[], chain: ReadonlySet<string>): DistinctStep | undefined {
  const checks = filters.flatMap(({ predicate }) => conjuncts(predicate));
  const of = (variable: string): EachPredicate | undefined => {
    const own = checks.filter((check) => readsOf(check, chain).has(variable));
    const predicate = conjunction(own);
    return predicate && { variable, predicate };
  };
  for (const check of checks) {
    const names = readsOf(check, chain);
    if (hasSubquery(check) || some(check, isChance) || names.size !== 1 || !(names.has(expand.relationship) || names.has(expand.to))) return undefined;
  }
  return { direction: expand.direction, types: expand.types, relationship: of(expand.relationship), node: of(expand.to) };
}

function readsOf(e: Filter['predicate'], chain: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...variablesOf(e)].filter((name) => chain.has(name)));
}
