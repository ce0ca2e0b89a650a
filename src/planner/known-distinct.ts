// A pass over a plan: what is distinct already is not made distinct. Some variables tell the rows of an operator apart: the node of a
// scan, the end of a DistinctExpand; where they are all among those of a Distinct, every row is new. A property tells rows apart as
// its node does where a constraint makes it unique, but for null.
//
// Needs: a whole plan. Makes true: the same rows, fewer of them looked up.

import type { GraphSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { conjuncts } from './expressions.js';
import type { Aggregate, Distinct, Plan, Project } from './plan.js';
import { mapInputs } from './plan-tree.js';

/** Names of variables that together are different in any two rows, and those of properties that are, unless null. */
interface Apart {
  readonly names: ReadonlySet<string>;
  readonly unlessNull: ReadonlySet<string>;
}

export function knownDistinct(plan: Plan, schema: GraphSchema): Plan {
  const mapped = mapInputs(plan, (input) => knownDistinct(input, schema));
  if (mapped.kind === 'Distinct') return asDistinct(mapped, schema);
  return mapped.kind === 'Aggregate' ? asAggregate(mapped, schema) : mapped;
}

function asDistinct(plan: Distinct, schema: GraphSchema): Plan {
  const apart = apartOf(plan.source, schema);
  if (apart === undefined || [...apart.names].some((name) => !plan.variables.includes(name))) return plan;
  if (apart.unlessNull.size > 0) return { ...plan, unlessNull: [...apart.unlessNull] };
  return plan.source;
}

/** `count(DISTINCT n)` of what is counted once anyway. */
function asAggregate(plan: Aggregate, schema: GraphSchema): Plan {
  if (plan.items.every(({ distinct }) => !distinct)) return plan;
  const apart = apartOf(plan.source, schema);
  if (apart === undefined || apart.unlessNull.size > 0) return plan;
  const keys = plan.keys.flatMap(({ expression }) => (expression.kind === 'Variable' ? [expression.name] : []));
  const items = plan.items.map((item) => {
    const known = item.argument?.kind === 'Variable' ? [...keys, item.argument.name] : [];
    return item.distinct && known.length > 0 && [...apart.names].every((name) => known.includes(name)) ? { ...item, distinct: false } : item;
  });
  return items.every((item, index) => item === plan.items[index]) ? plan : { ...plan, items };
}

function apartOf(plan: Plan, schema: GraphSchema): Apart | undefined {
  switch (plan.kind) {
    case 'Argument':
      return plan.variables.length === 0 ? { names: new Set(), unlessNull: new Set() } : undefined;
    case 'NodeIndexSeek':
      return and(apartOf(plan.source, schema), plan.unique && plan.predicates.every(({ kind }) => kind === 'equal') ? [] : [plan.node]);
    case 'AllNodesScan':
    case 'NodeByLabelScan':
      return and(apartOf(plan.source, schema), [plan.node]);
    case 'Expand':
      return and(apartOf(plan.source, schema), [plan.relationship]);
    case 'DistinctExpand':
      return and(apartOf(plan.source, schema), [plan.to]);
    case 'Filter':
    case 'Sort':
    case 'Top':
    case 'Limit':
    case 'Skip':
    case 'Eager':
      return apartOf(plan.source, schema);
    case 'Distinct':
      return { names: new Set(plan.variables), unlessNull: new Set() };
    case 'Aggregate':
      return { names: new Set(plan.keys.map(({ variable }) => variable)), unlessNull: new Set() };
    case 'Project':
      return throughProject(plan, apartOf(plan.source, schema), schema);
    default:
      return undefined;
  }
}

function and(apart: Apart | undefined, names: readonly string[]): Apart | undefined {
  return apart && { ...apart, names: new Set([...apart.names, ...names]) };
}

/** Every name has to be there afterwards, itself or as a property that is unique. */
function throughProject(plan: Project, apart: Apart | undefined, schema: GraphSchema): Apart | undefined {
  if (apart === undefined) return undefined;
  const after = (name: string): { readonly variable: string; readonly unlessNull: boolean } | undefined => {
    const itself = plan.items.find(({ expression: e }) => e.kind === 'Variable' && e.name === name);
    if (itself !== undefined) return { variable: itself.variable, unlessNull: apart.unlessNull.has(name) };
    if (!plan.discard) return { variable: name, unlessNull: apart.unlessNull.has(name) };
    const labels = labelsOf(plan.source, name);
    const property = plan.items.find(({ expression }) => isUnique(expression, name, labels, schema));
    return property && { variable: property.variable, unlessNull: true };
  };
  const found = [...apart.names].map(after);
  if (found.some((one) => one === undefined)) return undefined;
  const kept = found as readonly { readonly variable: string; readonly unlessNull: boolean }[];
  return {
    names: new Set(kept.map(({ variable }) => variable)),
    unlessNull: new Set(kept.flatMap(({ variable, unlessNull }) => (unlessNull ? [variable] : []))),
  };
}

function isUnique(e: Expression, node: string, labels: ReadonlySet<string>, { constraints }: GraphSchema): boolean {
  if (e.kind !== 'Property' || e.subject.kind !== 'Variable' || e.subject.name !== node) return false;
  return constraints.some(
    ({ kind, entity, token, properties }) =>
      (kind === 'unique' || kind === 'key') && entity === 'node' && labels.has(token) && properties.length === 1 && properties[0] === e.key,
  );
}

/** Labels that a node has, by the operators that found it. */
function labelsOf(plan: Plan, node: string): ReadonlySet<string> {
  const labels = new Set<string>();
  const checked = (predicate: Expression | undefined) => {
    for (const e of conjuncts(predicate)) {
      if (e.kind === 'HasLabels' && e.labels.kind === 'Label' && e.subject.kind === 'Variable' && e.subject.name === node) labels.add(e.labels.name);
    }
  };
  for (let at: Plan | undefined = plan; at !== undefined; at = 'source' in at ? at.source : undefined) {
    if (at.kind === 'Filter') checked(at.predicate);
    if (at.kind === 'NodeByLabelScan' && at.node === node) labels.add(at.label);
    if (at.kind === 'NodeIndexSeek' && at.node === node) labels.add(at.index.token);
    if (at.kind === 'Project') break;
  }
  return labels;
}
