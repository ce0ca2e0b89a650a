// Writes. Each row's effects are done when it passes.

import { unreachable } from '../../base/assert.js';
import type {
  CreatePattern,
  DeleteEntities,
  Foreach,
  MergePattern,
  NodeToCreate,
  RelationshipToCreate,
  SetItems,
  SubqueryForeach,
  WriteItem,
} from '../../planner/plan.js';
import { bound, type Environment, type Slot, slotOf } from '../environment.js';
import { unitsIn } from '../size.js';
import { type CodeMaker, type Consume, declared, emitEach, emitHeld, emitMade, emitRuns } from './operator.js';

export function produceCreate(maker: CodeMaker, plan: CreatePattern, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => consume(emitCreate(maker, plan.nodes, plan.relationships, row, false)));
}

function emitCreate(
  maker: CodeMaker,
  nodes: readonly NodeToCreate[],
  relationships: readonly RelationshipToCreate[],
  row: Environment,
  merging: boolean,
): Environment {
  const { emitter, expressions } = maker;
  // One that grows: copied for each node, a long CREATE would take time by the square of its length.
  const environment = new Map(row);
  const properties = (e: NodeToCreate['properties'], what: string) => {
    const map = e === undefined ? 'new Map()' : `h.mapOf(g, ${expressions.value(e, environment)})`;
    return merging ? `h.mergeable(${map}, '${what}')` : map;
  };
  const units = ({ properties: e }: NodeToCreate | RelationshipToCreate) => 4 + (e === undefined ? 0 : unitsIn(e));
  emitMade(
    maker,
    nodes,
    units,
    (node) => {
      const local = emitter.name('v');
      emitter.line(`const ${local} = w.createNode(${emitter.constant(node.labels)}, ${properties(node.properties, 'node')});`);
      return local;
    },
    (node, local) => environment.set(node.variable, { local, kind: 'node', nullable: false }),
  );
  emitMade(
    maker,
    relationships,
    units,
    (one) => {
      const local = emitter.name('v');
      const [from, to] = [one.from, one.to].map((end) => expressions.idOf(slotOf(environment, end), 'node'));
      const names = emitter.constant([one.variable, one.from, one.to]);
      emitter.line(
        `const ${local} = h.createRelationship(w, ${emitter.constant(one.type)}, ${from}, ${to}, ${properties(one.properties, 'relationship')}, ${names});`,
      );
      return local;
    },
    (one, local) => environment.set(one.variable, { local, kind: 'relationship', nullable: false }),
  );
  return environment;
}

export function produceMerge(maker: CodeMaker, plan: MergePattern, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  maker.produce(plan.source, outer, (row) => {
    const made = [...plan.nodes.map((node) => [node.variable, 'node'] as const), ...plan.relationships.map((one) => [one.variable, 'relationship'] as const)];
    const [rows, kept] = [emitter.name('a'), emitter.name('q')];
    emitMergeable(maker, plan, row);
    const held = emitHeld(emitter);
    emitter.line(`const ${rows} = [];`);
    emitter.line('{');
    maker.produce(plan.match, row, (inner) =>
      emitter.line(`${rows}.push(m.kept([${made.map(([variable, kind]) => maker.expressions.idOf(slotOf(inner, variable), kind)).join(', ')}]));`),
    );
    emitter.line('}');
    held.measure();
    emitter.line(`if (${rows}.length === 0) {`);
    const created = emitCreate(maker, plan.nodes, plan.relationships, row, true);
    emitItems(maker, plan.onCreate, created);
    emitter.line(`${rows}.push([${made.map(([variable]) => slotOf(created, variable).local).join(', ')}]);`);
    emitter.line('} else {');
    emitter.line(`for (const ${kept} of ${rows}) {`);
    emitItems(maker, plan.onMatch, bound(row, unpackMade(maker, made, kept)));
    emitter.line('} }');
    emitter.line(`for (const ${kept} of ${rows}) {`);
    consume(bound(row, unpackMade(maker, made, kept)));
    emitter.line('}');
    held.release();
  });
}

function unpackMade(maker: CodeMaker, made: readonly (readonly [string, 'node' | 'relationship'])[], row: string): readonly (readonly [string, Slot])[] {
  return made.map(([variable, kind], index) => {
    const local = maker.emitter.name('v');
    maker.emitter.line(`const ${local} = ${row}[${index}];`);
    return [variable, { local, kind, nullable: false }];
  });
}

/** A null in what is looked for is an error, also where something would be found without it. */
function emitMergeable(maker: CodeMaker, plan: MergePattern, row: Environment): void {
  const look = ({ properties }: NodeToCreate | RelationshipToCreate, what: string) => {
    if (properties !== undefined) maker.emitter.line(`h.mergeable(h.mapOf(g, ${maker.expressions.value(properties, row)}), '${what}');`);
  };
  for (const node of plan.nodes) look(node, 'node');
  for (const relationship of plan.relationships) look(relationship, 'relationship');
}

export function produceSetItems(maker: CodeMaker, plan: SetItems, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => {
    emitItems(maker, plan.items, row);
    consume(row);
  });
}

function emitItems(maker: CodeMaker, items: readonly WriteItem[], row: Environment): void {
  const { emitter, expressions } = maker;
  const value = (variable: string) => expressions.value({ kind: 'Variable', name: variable, at: { offset: 0, line: 1, column: 1 } }, row);
  const units = (item: WriteItem) => 4 + (item.kind === 'SetProperty' || item.kind === 'SetProperties' ? unitsIn(item.value) : 0);
  emitRuns(maker, items, units, (item) => {
    switch (item.kind) {
      case 'SetProperty':
        emitter.line(`h.setProperty(w, ${expressions.value(item.subject, row)}, ${emitter.constant(item.key)}, ${expressions.value(item.value, row)});`);
        break;
      case 'RemoveProperty':
        emitter.line(`h.setProperty(w, ${expressions.value(item.subject, row)}, ${emitter.constant(item.key)}, null);`);
        break;
      case 'SetProperties':
        emitter.line(`h.setProperties(w, ${value(item.variable)}, ${expressions.value(item.value, row)}, ${item.replace});`);
        break;
      case 'SetLabels':
      case 'RemoveLabels':
        emitter.line(`h.setLabels(w, ${value(item.variable)}, ${emitter.constant(item.labels)}, ${item.kind === 'SetLabels'});`);
        break;
      default:
        unreachable(item);
    }
  });
}

export function produceDelete(maker: CodeMaker, plan: DeleteEntities, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    for (const e of plan.expressions) emitter.line(`h.remove(w, ${expressions.value(e, row)}, ${plan.detach});`);
    consume(row);
  });
}

export function produceForeach(maker: CodeMaker, plan: Foreach, outer: Environment, consume: Consume): void {
  maker.produce(plan.left, outer, (row) => {
    const item = emitEach(maker, plan.list, row);
    maker.produce(plan.right, declared(row, plan.variable, item, 'value'), () => {});
    maker.emitter.line('}');
    consume(row);
  });
}

export function produceSubqueryForeach(maker: CodeMaker, plan: SubqueryForeach, outer: Environment, consume: Consume): void {
  maker.produce(plan.left, outer, (row) => {
    maker.emitter.line('{');
    maker.produce(plan.right, row, () => {});
    maker.emitter.line('}');
    consume(row);
  });
}
