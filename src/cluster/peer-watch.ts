// Each CORE is watched by the three that follow it in order of name, so that what watching costs a server does not grow with the
// cluster. Its session in the log is ended before its lease is over (SAFETY 27) on proof that its process is gone, a refused
// connection; or when it has been silent and a majority of all COREs does not reach it either. Who was suspected wrongly is given
// twice the patience the next time.

import type { Clock } from '../base/clock.js';
import { sleep } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { LiveServer } from '../log/log.js';
import type { Asker } from './ask.js';
import type { Membership } from './membership.js';

const WATCHERS = 3;
/** A question is always on its way to a watched server, which answers it after so long: its death breaks the connection at once. */
const HELD_MS = 500;
const ANSWER_MS = 1000;
/** Beyond the lease (2 s), which is what ends a machine that is lost; suspicion is for those that keep their lease and answer nobody. */
const PATIENCE_MS = 3000;
const PATIENCE_MS_MAX = 60_000;
const AGAIN_MS = 50;

export interface PeerWatchOptions {
  readonly self: string;
  readonly membership: Membership;
  readonly asker: Asker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the session of that life in the log. */
  readonly expel: (server: LiveServer, proof: 'connectionRefused' | 'majority') => Promise<void>;
}

/** Names of the COREs that this one watches: those behind it, in order of name, around the end. */
export function watchedBy(self: string, cores: readonly string[]): readonly string[] {
  const others = cores.filter((name) => name !== self).sort();
  const first = others.findIndex((name) => name > self);
  const ordered = first === -1 ? others : [...others.slice(first), ...others.slice(0, first)];
  return ordered.slice(0, WATCHERS);
}

/** Whether so many of all COREs, the suspecting one among them, are a majority. The suspect counts as one that could have voted. */
export function isMajority(votes: number, cores: number): boolean {
  return votes > cores / 2;
}

interface Watched {
  readonly server: LiveServer;
  heardMs: number;
  ended: boolean;
}

export class PeerWatch {
  readonly #options: PeerWatchOptions;
  readonly #watched: Map<string, Watched>;
  /** By the life that was suspected and lives on. */
  readonly #patienceMs: Map<string, number>;
  readonly #stopListening: () => void;

  constructor(options: PeerWatchOptions) {
    this.#options = options;
    this.#watched = new Map();
    this.#patienceMs = new Map();
    this.#stopListening = options.membership.onChange(() => this.#look());
    this.#look();
  }

  close(): void {
    this.#stopListening();
    for (const watched of this.#watched.values()) watched.ended = true;
    this.#watched.clear();
  }

  #look(): void {
    const { self, membership, clock } = this.#options;
    const cores = membership.servers().filter((server) => server.kind === 'CORE' && server.alive);
    const names = watchedBy(
      self,
      cores.map(({ name }) => name),
    );
    const wanted = new Map(cores.filter(({ name }) => names.includes(name)).map((server) => [server.life, server]));
    for (const [life, watched] of this.#watched) {
      if (wanted.has(life)) continue;
      watched.ended = true;
      this.#watched.delete(life);
    }
    for (const [life, server] of wanted) {
      if (this.#watched.has(life)) continue;
      const watched = { server, heardMs: clock.nowMs(), ended: false };
      this.#watched.set(life, watched);
      void this.#watch(watched);
    }
  }

  async #watch(watched: Watched): Promise<void> {
    const { asker, clock, logger } = this.#options;
    const { server } = watched;
    while (!watched.ended) {
      try {
        await asker.ping(server.cluster, HELD_MS, HELD_MS + ANSWER_MS);
        watched.heardMs = clock.nowMs();
      } catch (error) {
        if (watched.ended) return;
        if ((error as { code?: unknown }).code === 'ECONNREFUSED') await this.#expel(watched, 'connectionRefused');
        else if (clock.nowMs() - watched.heardMs > this.#patienceOf(server)) await this.#suspect(watched);
        else logger.debug({ server: server.name, error }, 'a watched server did not answer');
        await sleep(clock, AGAIN_MS);
      }
    }
  }

  async #suspect(watched: Watched): Promise<void> {
    const { self, membership, asker } = this.#options;
    const { server } = watched;
    const cores = membership.servers().filter(({ kind }) => kind === 'CORE');
    const asked = cores.filter(({ name, alive }) => alive && name !== self && name !== server.name);
    // Who does not answer says nothing.
    const answers = await Promise.all(asked.map((one) => asker.reaches(one.cluster, server.cluster, ANSWER_MS * 2).catch(() => true)));
    const votes = 1 + answers.filter((reaches) => !reaches).length;
    if (watched.ended || !isMajority(votes, cores.length)) return;
    this.#patienceMs.set(server.life, Math.min(PATIENCE_MS_MAX, 2 * this.#patienceOf(server)));
    await this.#expel(watched, 'majority');
    watched.heardMs = this.#options.clock.nowMs();
  }

  async #expel({ server }: Watched, proof: 'connectionRefused' | 'majority'): Promise<void> {
    const { expel, logger } = this.#options;
    logger.warn({ server: server.name, proof }, 'ending the session of a server that is gone or silent');
    await expel(server, proof).catch((error) => logger.debug({ server: server.name, error }, 'expel failed'));
  }

  #patienceOf({ life }: LiveServer): number {
    return this.#patienceMs.get(life) ?? PATIENCE_MS;
  }
}
