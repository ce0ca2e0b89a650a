// A plan becomes one generator function: its operators fused into nested loops. It yields 0 when its time slice is over,
// 1 when the sink has all the rows that were asked for, and a promise that must be waited for.
//
//   plan ──operators/*──▶ source ──new Function──▶ function*(rt, g, w, p, h, c, f, m)     once for each plan
//                                                  └─ started for each execution

import { assert, unreachable } from '../base/assert.js';
import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import type { AggregateItem, Plan, PlannedQuery } from '../planner/plan.js';
import type { Parameters, Row, Value } from '../values/value.js';
import { type Aggregate, newAggregate } from './aggregates.js';
import { Emitter } from './emitter.js';
import { boxed, type Environment, emptyEnvironment, slotOf } from './environment.js';
import type { CompiledQuery, Execution, ExecutionContext, Procedure, RowSink } from './execution.js';
import { ExpressionCompiler } from './expressions.js';
import type { FunctionContext } from './functions/function.js';
import { library } from './library.js';
import { MemoryAccount } from './memory.js';
import { produceAggregate } from './operators/aggregate.js';
import {
  produceApply,
  produceCartesian,
  produceCollectApply,
  produceCountApply,
  produceNodeHashJoin,
  produceSemiApply,
  produceUnion,
  produceValueHashJoin,
} from './operators/combine.js';
import { produceDistinctExpand, produceExpand, produceVariableExpand } from './operators/expand.js';
import {
  produceAllNodes,
  produceIdSeek,
  produceIndexSeek,
  produceLabelScan,
  produceRelationshipIdSeek,
  produceRelationshipSeek,
  produceTypeScan,
} from './operators/leaves.js';
import type { CodeMaker, Consume } from './operators/operator.js';
import { cuts, producePart } from './operators/part.js';
import {
  produceBuildPath,
  produceDistinct,
  produceEager,
  produceFilter,
  produceLimit,
  produceOptional,
  produceProcedureCall,
  produceProject,
  produceSkip,
  produceSort,
  produceTop,
  produceUnwind,
} from './operators/rows.js';
import { produceShortestPath } from './operators/shortest-path.js';
import { produceCreate, produceDelete, produceForeach, produceMerge, produceSetItems, produceSubqueryForeach } from './operators/write.js';
import { counted, countedWriter, type OperatorProfile, Profile } from './profile.js';
import { writeSchema } from './schema-write.js';

type Yielded = 0 | 1 | Promise<void>;
type Program = (
  rt: Run,
  g: GraphReader,
  w: ExecutionContext['writer'],
  p: Parameters,
  h: typeof library,
  c: readonly unknown[],
  f: FunctionContext,
  m: MemoryAccount,
) => Generator<Yielded, void>;

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new (...parameters: string[]) => Program;

/** `profiled`: the code counts rows, hits and time of each operator, and is slower by that. */
export function compile(planned: PlannedQuery, profiled = false): CompiledQuery {
  if (planned.plan.kind === 'SchemaWrite') return schemaQuery(planned.plan);
  const { source, constants, operators } = write(planned, profiled);
  const program = new GeneratorFunction('rt', 'g', 'w', 'p', 'h', 'c', 'f', 'm', source);
  return { columns: planned.columns, start: (context) => new Run(context, program, constants, operators) };
}

/** The source of a plan's function, and its constants. */
export function write(
  planned: PlannedQuery,
  profiled = false,
): { readonly source: string; readonly constants: readonly unknown[]; readonly operators: readonly Plan[] | undefined } {
  const emitter = new Emitter();
  const cut = cuts(planned.plan);
  const maker: CodeMaker = {
    emitter,
    expressions: new ExpressionCompiler(emitter, planned.writes),
    writes: planned.writes,
    profiled,
    produce: (plan, outer, consume) => {
      if (cut.has(plan)) producePart(maker, outer, consume, (inner) => one(plan, outer, inner));
      else one(plan, outer, consume);
    },
  };
  const operators: Plan[] = [planned.plan];
  const one = profiled ? watched(maker, operators) : (plan: Plan, outer: Environment, consume: Consume) => produce(maker, plan, outer, consume);
  emitter.line('let n = 0;');
  produceRoot(maker, planned.plan);
  return { source: `'use strict';\n${emitter.source()}`, constants: emitter.constants, operators: profiled ? operators : undefined };
}

/** Operators whose code says when it is at work, and when it gives a row to the one above it. */
function watched(maker: CodeMaker, operators: Plan[]): (plan: Plan, outer: Environment, consume: Consume) => void {
  const { emitter } = maker;
  let current = 0;
  return (plan, outer, consume) => {
    const above = current;
    const own = operators.push(plan) - 1;
    current = own;
    emitter.line(`rt.profiled.at(${own});`);
    produce(maker, plan, outer, (row) => {
      emitter.line(`rt.profiled.gives(${own}, ${above});`);
      current = above;
      consume(row);
      current = own;
      emitter.line(`rt.profiled.at(${own});`);
    });
    current = above;
    emitter.line(`rt.profiled.at(${above});`);
  };
}

function produceRoot(maker: CodeMaker, plan: Plan): void {
  const { emitter } = maker;
  if (plan.kind === 'EmptyResult') return maker.produce(plan.source, emptyEnvironment, () => {});
  assert(plan.kind === 'ProduceResults', `a plan has a root, not ${plan.kind}`);
  maker.produce(plan.source, emptyEnvironment, (row) => {
    const values = plan.columns.map(({ variable }) => boxed(slotOf(row, variable)));
    if (maker.profiled) emitter.line('rt.profiled.gives(0, 0);');
    emitter.line(`rt.sink.row([${values.join(', ')}]);`);
    emitter.line('if (--rt.left === 0) yield 1;');
  });
}

function produce(maker: CodeMaker, plan: Plan, outer: Environment, consume: Consume): void {
  switch (plan.kind) {
    case 'Argument':
      maker.emitter.line('{');
      consume(outer);
      maker.emitter.line('}');
      return;
    case 'AllNodesScan':
      return produceAllNodes(maker, plan, outer, consume);
    case 'NodeByLabelScan':
      return produceLabelScan(maker, plan, outer, consume);
    case 'NodeIndexSeek':
      return produceIndexSeek(maker, plan, outer, consume);
    case 'RelationshipIndexSeek':
      return produceRelationshipSeek(maker, plan, outer, consume);
    case 'NodeByIdSeek':
      return produceIdSeek(maker, plan, outer, consume);
    case 'RelationshipByIdSeek':
      return produceRelationshipIdSeek(maker, plan, outer, consume);
    case 'RelationshipTypeScan':
      return produceTypeScan(maker, plan, outer, consume);
    case 'Expand':
      return produceExpand(maker, plan, outer, consume);
    case 'VariableExpand':
      return produceVariableExpand(maker, plan, outer, consume);
    case 'DistinctExpand':
      return produceDistinctExpand(maker, plan, outer, consume);
    case 'ShortestPath':
      return produceShortestPath(maker, plan, outer, consume);
    case 'Filter':
      return produceFilter(maker, plan, outer, consume);
    case 'Project':
      return produceProject(maker, plan, outer, consume);
    case 'Unwind':
      return produceUnwind(maker, plan, outer, consume);
    case 'Aggregate':
      return produceAggregate(maker, plan, outer, consume);
    case 'Distinct':
      return produceDistinct(maker, plan, outer, consume);
    case 'Sort':
      return produceSort(maker, plan, outer, consume);
    case 'Top':
      return produceTop(maker, plan, outer, consume);
    case 'Skip':
      return produceSkip(maker, plan, outer, consume);
    case 'Limit':
      return produceLimit(maker, plan, outer, consume);
    case 'Optional':
      return produceOptional(maker, plan, outer, consume);
    case 'BuildPath':
      return produceBuildPath(maker, plan, outer, consume);
    case 'ProcedureCall':
      return produceProcedureCall(maker, plan, outer, consume);
    case 'Apply':
      return produceApply(maker, plan, outer, consume);
    case 'SemiApply':
      return produceSemiApply(maker, plan, outer, consume);
    case 'CountApply':
      return produceCountApply(maker, plan, outer, consume);
    case 'CollectApply':
      return produceCollectApply(maker, plan, outer, consume);
    case 'CartesianProduct':
      return produceCartesian(maker, plan, outer, consume);
    case 'NodeHashJoin':
      return produceNodeHashJoin(maker, plan, outer, consume);
    case 'ValueHashJoin':
      return produceValueHashJoin(maker, plan, outer, consume);
    case 'Union':
      return produceUnion(maker, plan, outer, consume);
    case 'CreatePattern':
      return produceCreate(maker, plan, outer, consume);
    case 'MergePattern':
      return produceMerge(maker, plan, outer, consume);
    case 'SetItems':
      return produceSetItems(maker, plan, outer, consume);
    case 'DeleteEntities':
      return produceDelete(maker, plan, outer, consume);
    case 'Foreach':
      return produceForeach(maker, plan, outer, consume);
    case 'SubqueryForeach':
      return produceSubqueryForeach(maker, plan, outer, consume);
    case 'Eager':
      return produceEager(maker, plan, outer, consume);
    case 'ProduceResults':
    case 'EmptyResult':
    case 'SchemaWrite':
      throw new Error(`${plan.kind} stands at the root of a plan`);
    default:
      return unreachable(plan);
  }
}

const ROWS_AT_ONCE_MAX = 2 ** 31 - 1;

const nowhere: RowSink = { row: () => {} };

/** What a called procedure gave; `promise` while it is on its way. */
class Called {
  rows: Iterable<Row>;
  promise: Promise<void> | undefined;
  readonly #columns: readonly string[];

  constructor(columns: readonly string[], answer: Iterable<Row> | Promise<Iterable<Row>>) {
    this.#columns = columns;
    this.rows = [];
    this.promise = undefined;
    if (answer instanceof Promise) {
      this.promise = answer.then((rows) => {
        this.rows = this.#given(rows);
      });
    } else this.rows = this.#given(answer);
  }

  /** One that gives no columns gives its caller's row on. */
  #given(rows: Iterable<Row>): Iterable<Row> {
    return this.#columns.length === 0 ? [[]] : rows;
  }

  index(column: string): number {
    return this.#columns.indexOf(column);
  }
}

/** One execution. `sink` and `left` are read by the generated code. */
class Run implements Execution {
  sink: RowSink;
  left: number;
  readonly #context: ExecutionContext;
  readonly #memory: MemoryAccount;
  readonly #steps: Generator<Yielded, void>;
  #sliceEnd: number;
  /** Read by generated code that was compiled for it. */
  readonly profiled: Profile | undefined;

  /** `operators`: of code that counts. */
  constructor(context: ExecutionContext, program: Program, constants: readonly unknown[], operators: readonly Plan[] | undefined) {
    this.sink = nowhere;
    this.left = 0;
    this.#context = context;
    this.#memory = new MemoryAccount(context.memoryLimitBytes);
    this.#sliceEnd = 0;
    this.profiled = operators === undefined ? undefined : new Profile(operators, context.nowMs);
    const { profiled } = this;
    const writer = profiled === undefined || context.writer === undefined ? context.writer : countedWriter(context.writer, profiled);
    const reader = writer ?? (profiled === undefined ? context.reader : counted(context.reader, profiled));
    const functions: FunctionContext = {
      reader,
      statementTimeMs: context.statementTimeMs,
      transactionTimeMs: context.transactionTimeMs,
      wallMs: context.wallMs,
      random: context.random,
      memory: this.#memory,
    };
    this.#steps = program(this, reader, writer, context.parameters, library, constants, functions, this.#memory);
  }

  next(sink: RowSink, count: number): 'full' | 'done' | 'pause' | Promise<void> {
    this.sink = sink;
    // Never more in one slice; as a small integer it is counted down without a box.
    this.left = Math.min(count, ROWS_AT_ONCE_MAX);
    if (count === 0) return 'full';
    this.#sliceEnd = this.#context.nowMs() + limits.timeSliceMs;
    this.profiled?.resumed();
    const step = this.#steps.next();
    this.profiled?.paused();
    if (step.done === true) return 'done';
    if (step.value === 0) return 'pause';
    return step.value === 1 ? 'full' : step.value;
  }

  close(): void {
    this.#steps.return();
  }

  profile(): ReadonlyMap<Plan, OperatorProfile> | undefined {
    return this.profiled?.of();
  }

  /** Whether the time slice is over. Also where a cancelled query ends. */
  due(): boolean {
    const { error } = this.#context.cancellation;
    if (error !== undefined) throw error;
    return this.#context.nowMs() >= this.#sliceEnd;
  }

  aggregate(item: Pick<AggregateItem, 'function' | 'distinct'>, parameter: Value): Aggregate {
    return newAggregate(item, this.#memory, parameter);
  }

  call(name: string, values: readonly Value[]): Called {
    const { procedures, reader, writer, database, user } = this.#context;
    const procedure: Procedure | undefined = procedures.find(name);
    if (procedure === undefined) throw failure('procedureNotFound', `There is no procedure with the name \`${name}\` registered for this database instance.`);
    return new Called(procedure.columns, procedure.call({ reader: writer ?? reader, writer, database, user }, values));
  }
}

function schemaQuery(plan: Plan & { kind: 'SchemaWrite' }): CompiledQuery {
  return {
    columns: [],
    start({ writer }) {
      assert(writer !== undefined, 'a schema command has a writer');
      const work = writeSchema(writer, plan.command);
      return {
        next: () => (work.next().done === true ? 'done' : 'pause'),
        close() {},
        profile: () => undefined,
      };
    },
  };
}
