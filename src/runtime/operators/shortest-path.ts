// Shortest paths between the two nodes of a row.

import type { ShortestPath } from '../../planner/plan.js';
import { type Environment, slotOf } from '../environment.js';
import { DIRECTIONS, hoistedTypes } from './expand.js';
import { type CodeMaker, type Consume, declared, emitTest } from './operator.js';

const REVERSED = { out: 'in', in: 'out', both: 'both' } as const;

export function produceShortestPath(maker: CodeMaker, plan: ShortestPath, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const [from, to] = [plan.from, plan.to].map((end) => {
      const local = emitter.name('v');
      emitter.line(`const ${local} = ${expressions.idOf(slotOf(row, end), 'node')};`);
      return local;
    }) as [string, string];
    emitter.line(`if (${from} >= 0 && ${to} >= 0) {`);
    const search = emitSearch(maker, plan, row, from, to);
    const [trail, list, path] = [emitter.name('a'), emitter.name('v'), emitter.name('v')];
    emitter.line(`for (const ${trail} of ${search}.paths()) {`);
    emitter.due(`${search}.worked()`);
    emitter.line(`if (${trail} === undefined) continue;`);
    emitter.line(`const ${list} = ${trail}.map((id) => new h.Relationship(id, g));`);
    emitter.line(`const ${path} = h.path(g, [${from}, ${to}], [${list}]);`);
    const found = declared(declared(row, plan.relationship, list, 'value'), plan.path, path, 'value');
    if (plan.predicate !== undefined) {
      emitter.line(`if (!${expressions.condition(plan.predicate, found)}) continue;`);
      emitter.line(`${search}.accepted = true;`);
    }
    consume(found);
    emitter.line('}');
    emitter.line('}');
  });
}

function emitSearch(maker: CodeMaker, plan: ShortestPath, row: Environment, from: string, to: string): string {
  const { emitter } = maker;
  const admit = emitTest(maker, plan.relationshipPredicates, 'relationship', row);
  const admitNode = emitTest(maker, plan.nodePredicates, 'node', row);
  const types = maker.writes ? `h.typeIds(g, ${emitter.constant(plan.types)})` : hoistedTypes(emitter, plan.types);
  const [forward, backward] = [plan.direction, REVERSED[plan.direction]].map(
    (direction) => `(node) => h.copied(g, node, ${emitter.constant(DIRECTIONS[direction])}, ${types})`,
  );
  const asked = emitter.constant({ min: plan.min, max: plan.max ?? Number.POSITIVE_INFINITY, all: plan.all, whole: plan.predicate !== undefined });
  const search = emitter.name('a');
  emitter.line(`const ${search} = new h.ShortestPaths(m, [${forward}, ${backward}], [${from}, ${to}], ${asked}, [${admit}, ${admitNode}]);`);
  return search;
}
