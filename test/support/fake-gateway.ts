// A gateway of a few made-up statements, for tests of the Bolt door alone.

import type { ClusterView } from '../../src/cluster/view.js';
import type { AutoCommit, ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../../src/database/result.js';
import { databaseNotFound, failure } from '../../src/errors/catalogue.js';
import { noCounters } from '../../src/graph/writer.js';
import type { LiveServer } from '../../src/log/log.js';
import type { RowSink } from '../../src/runtime/execution.js';
import type { Authenticator } from '../../src/security/authenticator.js';
import type { Gateway } from '../../src/targets/gateway.js';
import { fixedNode } from '../../src/values/fixed.js';
import type { Value } from '../../src/values/value.js';

export function liveServer(name: string, kind: LiveServer['kind'], alive = true): LiveServer {
  const address = { host: name, port: 7687 };
  const life = 'ab'.repeat(16);
  return { id: name, name, kind, life, bolt: address, http: address, cluster: address, pid: 1, featureLevel: 1, prefersToLead: [], startedAtMs: 0, alive };
}

const alone = liveServer('alone', 'CORE');

export const aloneView: ClusterView = {
  self: alone,
  servers: () => [alone],
  graphs: () => [],
  graph: () => undefined,
  leader: () => undefined,
  hosts: () => [alone],
  everywhere: () => Promise.resolve([]),
};

/** Knows ann, who may act as bob, and the password `right`. */
export const fakeAuthenticator: Authenticator = {
  authenticate: ({ principal, credentials }) =>
    credentials === 'right'
      ? Promise.resolve({ name: principal })
      : Promise.reject(failure('unauthorized', 'The client is unauthorized due to authentication failure.')),
  impersonate: (user, other) =>
    user === 'ann' && other === 'bob' ? Promise.resolve({ name: other }) : Promise.reject(failure('forbidden', `Cannot impersonate user '${other}'.`)),
};

/**
 * A graph that knows a few statements: `ROWS n` gives n rows, `WIDE n` n rows of 10 KB, `NODE` a node, `ECHO` its parameters, `HANG` nothing
 * until it is ended, `SLOW` takes a while to begin, `FAIL` an error at once, `FAIL LATE` one after a row.
 */
class FakeResult implements AutoCommit {
  readonly columns = ['value'];
  summary: ResultSummary | undefined = undefined;
  onPrepared: ((summary: ResultSummary) => void | Promise<void>) | undefined = undefined;
  rowsGiven: ((count: number) => void) | undefined = undefined;
  #given = 0;
  #end: ((reason: Error) => void) | undefined;
  readonly #request: StatementRequest;
  readonly #bookmark: string | undefined;

  constructor(request: StatementRequest, bookmark: string | undefined) {
    this.#request = request;
    this.#bookmark = bookmark;
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    const [word, argument] = this.#request.text.split(' ');
    if (word === 'HANG') return new Promise((_, reject) => (this.#end = reject));
    const total = word === 'ROWS' || word === 'WIDE' ? Number(argument) : 1;
    for (let left = count; left > 0 && this.#given < total; left--) sink.row([this.#value(word)]);
    this.rowsGiven?.(this.#given);
    if (this.#given < total) return true;
    if (word === 'FAIL') throw failure('arithmeticError', '/ by zero', { position: { offset: 1, line: 1, column: 2 }, leader: 'h:1' });
    const summary: ResultSummary = {
      database: 'neo4j',
      type: 'rw',
      counters: { ...noCounters(), nodesCreated: 1 },
      plan: undefined,
      notifications: [{ code: 'Neo.X', gqlStatus: '01N00', title: 't', description: 'd', severity: 'WARNING', category: 'GENERIC', position: undefined }],
      bookmark: undefined,
      availableAfterMs: 1,
      consumedAfterMs: 2,
    };
    await this.onPrepared?.(summary);
    this.summary = { ...summary, bookmark: this.#bookmark };
    return false;
  }

  #value(word: string | undefined): Value {
    const index = this.#given++;
    if (word === 'WIDE') return `${index} `.padEnd(10_000, 'x');
    if (word === 'NODE') return fixedNode({ id: 7, elementId: '4:x:7', labels: ['A'], properties: new Map([['p', 'é']]) });
    return word === 'ECHO' ? this.#request.parameters : index;
  }

  async discard(): Promise<void> {
    while (await this.pull(1000, { row: () => {} }));
  }

  terminate(reason: Error): void {
    this.#end?.(reason);
  }
}

export class FakeGateway implements Gateway {
  readonly cluster: ClusterView;

  readonly events: string[] = [];
  readonly asked: TransactionOptions[] = [];
  /** By the last statement that ran by itself, so far. */
  rowsGiven = 0;

  constructor(cluster: ClusterView = aloneView) {
    this.cluster = cluster;
  }

  resolve(name: string | undefined): string {
    if (name !== undefined && name !== 'neo4j') throw databaseNotFound(name);
    return 'neo4j';
  }
  readonly open = () => Promise.reject(new Error('no transaction is held here'));
  readonly take = this.open;
  readonly end = this.open;
  readonly knows = () => false;

  outcome(): Promise<{ kind: 'never' }> {
    return Promise.resolve({ kind: 'never' });
  }
  async run(request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    this.asked.push(options);
    if (request.text === 'SLOW') await new Promise((resolve) => setTimeout(resolve, 200));
    if (request.text === 'SYNTAX') return Promise.reject(failure('syntaxError', 'Invalid input'));
    if (request.text === 'BUG') return Promise.reject(new TypeError('secret'));
    const result = new FakeResult(request, 'FB:auto');
    result.rowsGiven = (count) => {
      this.rowsGiven = count;
    };
    return Promise.resolve(result);
  }
  begin(options: TransactionOptions): Promise<Transaction> {
    this.asked.push(options);
    this.events.push('begin');
    const results: FakeResult[] = [];
    return Promise.resolve({
      run: (request: StatementRequest): Promise<StatementResult> => {
        const result = new FakeResult(request, undefined);
        results.push(result);
        return Promise.resolve(result);
      },
      commit: (requestId: string) => {
        this.events.push('commit');
        return Promise.resolve(`FB:${requestId.length}`);
      },
      rollback: () => {
        this.events.push('rollback');
        return Promise.resolve();
      },
      terminate: (reason: Error) => {
        this.events.push('terminate');
        for (const result of results) result.terminate(reason);
      },
    });
  }
}
