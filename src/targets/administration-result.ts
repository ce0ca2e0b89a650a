// A command that administers, once it has committed: this server waits until it has applied it, so that whoever asked
// sees it here at once; with WAIT, until every server has, and says so in a row for each.

import type { Clock } from '../base/clock.js';
import { sleep } from '../base/clock.js';
import { formatAddress } from '../base/network.js';
import type { ClusterView, RemoteGraphStatus } from '../cluster/view.js';
import type { AutoCommit, ResultSummary } from '../database/result.js';
import { noCounters } from '../graph/writer.js';
import type { LiveServer } from '../log/log.js';
import type { RowSink } from '../runtime/execution.js';
import type { CheckedAdministration } from '../semantics/canonical.js';
import type { Parameters, Row } from '../values/value.js';
import { decodeBookmark } from '../wire/bookmark.js';
import type { Graph } from './graphs.js';

const APPLY_MS_MAX = 10_000;
const LOOK_MS = 100;
const PORTION = 1000;

interface Services {
  readonly system: Graph;
  readonly cluster: ClusterView;
  readonly clock: Clock;
}

export class AdministrationResult implements AutoCommit {
  readonly columns: readonly string[];
  readonly #inner: AutoCommit;
  /** The command's own rows are its answer. */
  readonly #answers: boolean;
  readonly #waitMs: number | undefined;
  /** The graph that WAIT is about. */
  readonly #subject: string;
  readonly #services: Services;
  #rows: Row[] | undefined;

  constructor(inner: AutoCommit, administration: CheckedAdministration, parameters: Parameters, services: Services) {
    const { waitMs, subject, answers } = administration;
    this.columns = answers ? inner.columns : waitMs === undefined ? [] : ['address', 'state', 'message', 'success'];
    this.#answers = answers;
    this.#waitMs = waitMs;
    this.#subject = String('name' in subject ? subject.name : parameters.get(subject.parameter)).toLowerCase();
    this.#inner = inner;
    this.#services = services;
    this.#rows = undefined;
  }

  set onPrepared(listener: ((summary: ResultSummary) => void | Promise<void>) | undefined) {
    this.#inner.onPrepared = listener;
  }

  get summary(): ResultSummary | undefined {
    if (this.#rows === undefined || this.#rows.length > 0) return undefined;
    const summary = this.#inner.summary;
    // What became of the `system` graph for it is nobody's business.
    return summary === undefined ? undefined : { ...summary, counters: { ...noCounters(), systemUpdates: summary.counters.systemUpdates } };
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    this.#rows ??= await this.#carryOut();
    for (const row of this.#rows.splice(0, Math.min(count, this.#rows.length))) sink.row(row);
    return this.#rows.length > 0;
  }

  async discard(): Promise<void> {
    this.#rows ??= await this.#carryOut();
    this.#rows = [];
  }

  terminate(reason: Error): void {
    this.#inner.terminate(reason);
  }

  async #carryOut(): Promise<Row[]> {
    const answered: Row[] = [];
    if (this.#answers) while (await this.#inner.pull(PORTION, { row: (row) => void answered.push(row) }));
    else await this.#inner.discard();
    const { system, clock } = this.#services;
    const bookmark = this.#inner.summary?.bookmark;
    const transactionId = bookmark === undefined ? 0 : (decodeBookmark(bookmark)[0]?.transactionId ?? 0);
    await system.local?.replica.waitForTransaction(transactionId, APPLY_MS_MAX);
    if (this.#waitMs === undefined) return answered;
    const until = clock.nowMs() + this.#waitMs;
    for (;;) {
      const rows = await this.#states(transactionId);
      if (rows.every(([, , , success]) => success === true) || clock.nowMs() >= until) return rows;
      await sleep(clock, LOOK_MS);
    }
  }

  /** A row for each server: whether it has done what the command asks. */
  async #states(transactionId: number): Promise<Row[]> {
    const statuses = await this.#services.cluster.everywhere();
    return this.#services.cluster.servers().map((server) => stateOf(server, this.#subject, statuses, transactionId));
  }
}

function stateOf(server: LiveServer, subject: string, statuses: readonly RemoteGraphStatus[], transactionId: number): Row {
  const address = formatAddress(server.bolt);
  const own = statuses.filter((status) => status.server === server.name);
  const system = own.find((status) => status.name === 'system');
  if (system === undefined) return [address, 'Incomplete', server.alive ? 'server did not answer' : 'server is unavailable', false];
  const busy = own.some((status) => status.name === subject && (status.state === 'starting' || status.state === 'stopping'));
  if (system.lastTransaction < transactionId || busy) return [address, 'Incomplete', 'server is still catching up', false];
  return [address, 'CaughtUp', 'caught up', true];
}
