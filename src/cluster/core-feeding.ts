// A CORE as the beginning of feeding paths. While it hears nothing of the log it is none: those whom it feeds look
// elsewhere, and find nobody only where the whole log is away.

import type { Database } from '../database/database.js';
import type { Leadership, LiveServer, ServerRecord } from '../log/log.js';
import type { CoreMember } from './core-member.js';
import type { FeedingMember } from './feed.js';

/** Longer than the pause between two looks at a log at rest. */
const CUT_OFF_MS = 5000;

export class CoreFeeding implements FeedingMember {
  readonly #name: string;
  readonly #core: CoreMember;
  readonly #system: Database;

  constructor(name: string, core: CoreMember, system: Database) {
    this.#name = name;
    this.#core = core;
    this.#system = system;
  }

  servers(): readonly LiveServer[] {
    return this.#core.servers();
  }

  leaderships(): readonly Leadership[] {
    return this.#core.leaderships();
  }

  onChange(listener: () => void): () => void {
    return this.#core.onChange(listener);
  }

  path(): readonly string[] {
    return this.#system.millisSinceHeard > CUT_OFF_MS ? [] : [this.#name];
  }

  /** Silence is no event: whoever wants to know looks. */
  onPath(): () => void {
    return () => {};
  }

  onHeads(): () => void {
    return () => {};
  }

  replicaPresent(record: ServerRecord, alive: boolean): void {
    this.#core.replicaPresent(record, alive);
  }
}
