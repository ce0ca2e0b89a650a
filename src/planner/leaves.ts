// Ways to begin: a node by index seeks, seeks by id, label scans, and all nodes; a relationship by index seeks.
// Each leaf stands on a source whose rows it extends; a seek may ask for values that those rows bind.

import type { Expression } from '../language/ast.js';
import { unionOf, type WaysTo } from './alternatives.js';
import { labelRows, listSize } from './cardinality.js';
import { conjunction, disjuncts, hasSubquery, listOf, variablesOf } from './expressions.js';
import type { Plan } from './plan.js';
import type { Leaf, Planning } from './planning.js';
import type { GraphRelationship, Predicate } from './query-graph.js';
import { type Seek, seeksOf } from './seeks.js';

/** Predicates with alternatives that are tried: each is gone through with all the others. */
const EITHERS_MAX = 8;

export function leaves(planning: Planning, node: string, predicates: readonly Predicate[], source: Plan, bound: ReadonlySet<string>): readonly Leaf[] {
  const own = predicates.filter((predicate) => predicate.needs.has(node) && !hasSubquery(predicate.expression));
  const ways: WaysTo = (asked, over) => single(planning, node, asked, over, bound);
  const either = own.filter(({ expression }) => disjuncts(expression).length > 1).slice(0, EITHERS_MAX);
  return [...ways(own, source), ...either.flatMap((one) => unionOf(node, one, own, source, bound, ways) ?? [])];
}

/** Leaves of one operator each. */
function single(planning: Planning, node: string, own: readonly Predicate[], source: Plan, bound: ReadonlySet<string>): readonly Leaf[] {
  const known = knownFrom(bound);
  const found: Leaf[] = [];
  for (const predicate of own) {
    const label = labelOf(node, predicate.expression);
    if (label !== undefined) {
      // Of two that look at as many entries the index is the better one.
      for (const seek of seeksOf(planning, { entity: 'node', token: label, variable: node }, own, known)) {
        found.push(indexSeek(node, seek, predicate, source));
      }
      found.push(labelScan(planning, node, label, predicate, source));
    }
    const byId = idSeek(node, predicate, known, source);
    if (byId !== undefined) found.push(byId);
  }
  const all = planning.statistics.nodeCount;
  found.push({ plan: { kind: 'AllNodesScan', source, node, rows: source.rows * all }, solved: [], looked: all });
  return found;
}

/** Relationships of `r` that are found by their ids or by an index; they bind both ends. */
export function relationshipLeaves(
  planning: Planning,
  r: GraphRelationship,
  predicates: readonly Predicate[],
  source: Plan,
  bound: ReadonlySet<string>,
): readonly Leaf[] {
  const [from, to] = r.direction === 'in' ? [r.to, r.from] : [r.from, r.to];
  const direction = r.direction === 'both' ? 'both' : 'out';
  const known = knownFrom(bound);
  const byId = predicates.flatMap((predicate): readonly Leaf[] => {
    const asked = idsAsked(r.name, predicate, known);
    if (asked === undefined) return [];
    const looked = listSize(asked.ids) * (direction === 'both' ? 2 : 1);
    const rows = source.rows * looked;
    const plan: Plan = { kind: 'RelationshipByIdSeek', source, relationship: r.name, from, to, types: r.types, direction, ...asked, rows };
    return [{ plan, solved: [predicate], looked }];
  });
  const token = r.types[0];
  if (token === undefined || r.types.length > 1) return byId;
  const byIndex = seeksOf(planning, { entity: 'relationship', token, variable: r.name }, predicates, known).map((seek): Leaf => {
    const { index, predicates: asked, checked, solved } = seek;
    const looked = seek.looked * (direction === 'both' ? 2 : 1);
    const rows = source.rows * looked;
    const plan: Plan = { kind: 'RelationshipIndexSeek', source, relationship: r.name, from, to, direction, index, predicates: asked, descending: false, rows };
    return { plan: checkedFor(checked, plan), solved, looked };
  });
  return [...byId, ...byIndex];
}

function knownFrom(bound: ReadonlySet<string>): (e: Expression) => boolean {
  return (e) => !hasSubquery(e) && [...variablesOf(e)].every((name) => bound.has(name));
}

function labelOf(node: string, e: Expression): string | undefined {
  if (e.kind !== 'HasLabels' || e.labels.kind !== 'Label') return undefined;
  return e.subject.kind === 'Variable' && e.subject.name === node ? e.labels.name : undefined;
}

function labelScan(planning: Planning, node: string, label: string, predicate: Predicate, source: Plan): Leaf {
  const rows = labelRows(planning, label);
  return { plan: { kind: 'NodeByLabelScan', source, node, label, rows: source.rows * rows }, solved: [predicate], looked: rows };
}

function indexSeek(node: string, { index, predicates, unique, checked, solved, looked }: Seek, label: Predicate, source: Plan): Leaf {
  const plan: Plan = { kind: 'NodeIndexSeek', source, node, index, predicates, unique, descending: false, rows: source.rows * looked };
  return { plan: checkedFor(checked, plan), solved: [label, ...solved], looked };
}

/** As many rows are expected: the seek expects those that pass the check. */
function checkedFor(predicates: readonly Predicate[], seek: Plan): Plan {
  const predicate = conjunction(predicates.map(({ expression }) => expression));
  return predicate === undefined ? seek : { kind: 'Filter', source: seek, predicate, rows: seek.rows };
}

function idSeek(node: string, predicate: Predicate, known: (e: Expression) => boolean, source: Plan): Leaf | undefined {
  const asked = idsAsked(node, predicate, known);
  if (asked === undefined) return undefined;
  const looked = listSize(asked.ids);
  return { plan: { kind: 'NodeByIdSeek', source, node, ...asked, rows: source.rows * looked }, solved: [predicate], looked };
}

/** The ids that the predicate allows, where they are known before. */
function idsAsked(
  variable: string,
  { expression: e }: Predicate,
  known: (e: Expression) => boolean,
): { readonly ids: Expression; readonly by: 'id' | 'elementId' } | undefined {
  if (e.kind !== 'Binary' || (e.operator !== '=' && e.operator !== 'IN')) return undefined;
  const sides =
    e.operator === '='
      ? ([
          [e.left, e.right],
          [e.right, e.left],
        ] as const)
      : ([[e.left, e.right]] as const);
  for (const [call, value] of sides) {
    const by = idFunction(variable, call);
    if (by !== undefined && known(value)) return { ids: e.operator === '=' ? listOf([value]) : value, by };
  }
  return undefined;
}

function idFunction(variable: string, e: Expression): 'id' | 'elementId' | undefined {
  const argument = e.kind === 'Function' ? e.arguments[0] : undefined;
  if (e.kind !== 'Function' || argument?.kind !== 'Variable' || argument.name !== variable) return undefined;
  const name = e.name.toLowerCase();
  return name === 'id' ? 'id' : name === 'elementid' ? 'elementId' : undefined;
}
