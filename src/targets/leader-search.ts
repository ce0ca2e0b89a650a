// Finding who leads a graph, and waiting, bounded, while nobody does.

import type { Clock } from '../base/clock.js';
import type { Membership } from '../cluster/membership.js';
import { failure } from '../errors/catalogue.js';
import type { LiveServer } from '../log/log.js';
import type { Graph } from './graphs.js';

export type LeaderThere = { readonly kind: 'there'; readonly server: LiveServer; readonly term: number };
export type Leader = { readonly kind: 'here' } | LeaderThere;

const LOOK_AGAIN_MS = 50;

export class LeaderSearch {
  readonly #membership: Membership;
  readonly #self: string;
  readonly #clock: Clock;
  readonly #holdMs: number;

  constructor(membership: Membership, self: string, clock: Clock, holdMs: number) {
    this.#membership = membership;
    this.#self = self;
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /** When a request that arrives now has waited long enough. */
  deadline(): number {
    return this.#clock.nowMs() + this.#holdMs;
  }

  isOver(deadline: number): boolean {
    return this.#clock.nowMs() >= deadline;
  }

  /** Who leads as far as this server knows; undefined during an election. */
  known(graph: Graph): Leader | undefined {
    if (graph.local?.role === 'LEADER') return { kind: 'here' };
    const leadership = this.#membership.leadership(graph.id);
    if (leadership?.holder === undefined || leadership.holder === this.#self) return undefined;
    const server = this.#membership.servers().find((one) => one.name === leadership.holder && one.life === leadership.life);
    return server?.alive === true ? { kind: 'there', server, term: leadership.term } : undefined;
  }

  /** The server of that name in that life, while it is alive. */
  living(name: string, life: string): LiveServer | undefined {
    return this.#membership.servers().find((server) => server.name === name && server.life === life && server.alive);
  }

  /** Waits for a leader other than `not` (a life and term that just failed). Rejects with a transient error. */
  async find(graph: Graph, deadline: number, not?: { readonly life: string; readonly term: number }): Promise<Leader> {
    for (;;) {
      const leader = this.known(graph);
      const failed = leader?.kind === 'there' && not !== undefined && leader.server.life === not.life && leader.term === not.term;
      if (leader !== undefined && !failed) return leader;
      if (this.#clock.nowMs() >= deadline) throw this.noLeader(graph);
      await this.changed();
    }
  }

  noLeader({ name }: Graph): Error {
    return failure(
      'databaseUnavailable',
      `Database '${name}' has no leader: an election did not end within ${this.#holdMs} ms (routing.hold_ms). Nothing was changed; try again.`,
    );
  }

  /** Something may have changed. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(LOOK_AGAIN_MS, () => done());
      const stop = this.#membership.onChange(() => done());
      const done = () => {
        cancel();
        stop();
        resolve();
      };
    });
  }
}
