// A plan as a tree: the inputs of an operator, and the same operator on others.

import type { Plan } from './plan.js';

/** Inputs of an operator, in the order in which they run. */
export function inputs(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'Argument':
    case 'SchemaWrite':
      return [];
    case 'Apply':
    case 'SemiApply':
    case 'CountApply':
    case 'CollectApply':
    case 'CartesianProduct':
    case 'NodeHashJoin':
    case 'ValueHashJoin':
    case 'Union':
    case 'Foreach':
    case 'SubqueryForeach':
      return [plan.left, plan.right];
    case 'MergePattern':
      return [plan.source, plan.match];
    default:
      return [plan.source];
  }
}

/** Whether it looks for something in the graph, for each row of its source. */
export function isLeaf(plan: Plan): plan is Plan & { readonly source: Plan } {
  switch (plan.kind) {
    case 'AllNodesScan':
    case 'NodeByLabelScan':
    case 'NodeIndexSeek':
    case 'NodeByIdSeek':
    case 'RelationshipIndexSeek':
    case 'RelationshipByIdSeek':
    case 'RelationshipTypeScan':
      return true;
    default:
      return false;
  }
}

/** The same operator where every input is the same; else one on the inputs that `f` makes. */
export function mapInputs(plan: Plan, f: (input: Plan) => Plan): Plan {
  switch (plan.kind) {
    case 'Argument':
    case 'SchemaWrite':
      return plan;
    case 'Apply':
    case 'SemiApply':
    case 'CountApply':
    case 'CollectApply':
    case 'CartesianProduct':
    case 'NodeHashJoin':
    case 'ValueHashJoin':
    case 'Union':
    case 'Foreach':
    case 'SubqueryForeach': {
      const [left, right] = [f(plan.left), f(plan.right)];
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case 'MergePattern': {
      const [source, match] = [f(plan.source), f(plan.match)];
      return source === plan.source && match === plan.match ? plan : { ...plan, source, match };
    }
    default: {
      const source = f(plan.source);
      return source === plan.source ? plan : { ...plan, source };
    }
  }
}
