// Deciding code of feeding: who feeds whom. Pure: told everything, returns what to do.
//
//   CORE ─▶ replica ─▶ replica ─▶ …       a path names the servers from a CORE to the feeder itself
//
// Each feeder says its path, and a server never takes a feeder whose path contains it (SAFETY 24): what goes
// round in a circle comes back with one's own name in it and is let go of. The shallowest feeder with room is asked
// first; among equals the least loaded; among those, each replica begins with another, so that they spread.

/** What a server says of itself as a feeder. */
export interface Offer {
  readonly name: string;
  readonly life: string;
  /** From a CORE to this server; empty while it is not fed itself. */
  readonly path: readonly string[];
  readonly children: number;
  readonly childrenMax: number;
  /** Grows with each change, within one life. */
  readonly version: number;
}

export interface Candidate extends Offer {
  /** It refused, or was not reached: not to be asked before. */
  readonly notBeforeMs: number;
}

export interface Standing {
  readonly self: string;
  readonly nowMs: number;
  readonly feeder:
    | {
        readonly name: string;
        readonly path: readonly string[];
        /** When its path became what it is. */
        readonly sinceMs: number;
        /** When it last said anything. */
        readonly heardMs: number;
      }
    | undefined;
  /** Asked to feed, and has not answered. */
  readonly asked: { readonly name: string; readonly sinceMs: number } | undefined;
  readonly candidates: readonly Candidate[];
}

export type Decision =
  | { readonly kind: 'stay' }
  | { readonly kind: 'ask'; readonly name: string }
  | { readonly kind: 'giveUp'; readonly name: string }
  | { readonly kind: 'leave'; readonly name: string; readonly why: 'loop' | 'tooDeep' | 'silent' };

export type Refusal = 'notFed' | 'loop' | 'tooDeep' | 'full';

/** Servers in a path, the one that is fed included. */
export const PATH_LENGTH_MAX = 16;
/** A feeder that lost its own feeder finds another in less, and its children need not move. */
const ORPHAN_GRACE_MS = 300;
/** Feeders say something every 500 ms. */
export const SILENCE_MS = 1600;
const ANSWER_TIMEOUT_MS = 1000;
/** How long a path must have stood before a replica looks for a shorter one; the half of it is spread. */
const SETTLE_MS = 6000;
const BACK_OFF_MS = 150;
const BACK_OFF_DOUBLINGS_MAX = 5;

/** Whether a server that offers this takes `child`; undefined: it does. */
export function refusal(offer: Offer, child: string): Refusal | undefined {
  if (offer.path.length === 0) return 'notFed';
  if (offer.path.includes(child)) return 'loop';
  if (offer.path.length >= PATH_LENGTH_MAX) return 'tooDeep';
  return offer.children >= offer.childrenMax ? 'full' : undefined;
}

/** The path of a server behind a feeder with that path; empty where the feeder is not fed, or must be left. */
export function pathBehind(feeder: readonly string[] | undefined, self: string): readonly string[] {
  if (feeder === undefined || feeder.length === 0 || feeder.includes(self) || feeder.length >= PATH_LENGTH_MAX) return [];
  return [...feeder, self];
}

export function decideFeeder(standing: Standing): Decision {
  const { self, nowMs, feeder, asked } = standing;
  if (feeder !== undefined) {
    const why = mustLeave(feeder, self, nowMs);
    if (why !== undefined) return { kind: 'leave', name: feeder.name, why };
  }
  if (asked !== undefined) return nowMs - asked.sinceMs > ANSWER_TIMEOUT_MS ? { kind: 'giveUp', name: asked.name } : { kind: 'stay' };
  const lengthMax = wantedLength(standing);
  const best = standing.candidates
    .filter((candidate) => candidate.notBeforeMs <= nowMs && candidate.name !== self && candidate.name !== feeder?.name)
    .filter((candidate) => candidate.path.length <= lengthMax && refusal(candidate, self) === undefined)
    .sort((a, b) => a.path.length - b.path.length || load(a) - load(b) || spread(self, a.name) - spread(self, b.name))[0];
  return best === undefined ? { kind: 'stay' } : { kind: 'ask', name: best.name };
}

/** How long not to ask a server again that has refused, or not answered, `times` in a row. */
export function backOffMs(self: string, name: string, times: number): number {
  const full = BACK_OFF_MS * 2 ** Math.min(times - 1, BACK_OFF_DOUBLINGS_MAX);
  return full / 2 + (spread(self, name) * full) / 2;
}

function mustLeave(feeder: { readonly path: readonly string[]; readonly heardMs: number }, self: string, nowMs: number) {
  if (feeder.path.includes(self)) return 'loop';
  if (feeder.path.length >= PATH_LENGTH_MAX) return 'tooDeep';
  return nowMs - feeder.heardMs > SILENCE_MS ? 'silent' : undefined;
}

/** The longest path of a feeder that would be better than what there is; 0: nothing would. */
function wantedLength({ self, nowMs, feeder }: Standing): number {
  if (feeder === undefined) return PATH_LENGTH_MAX;
  const standingMs = nowMs - feeder.sinceMs;
  if (feeder.path.length === 0) return standingMs > ORPHAN_GRACE_MS ? PATH_LENGTH_MAX : 0;
  return standingMs > (SETTLE_MS / 2) * (1 + spread(self, '')) ? feeder.path.length - 1 : 0;
}

function load({ children, childrenMax }: Offer): number {
  return children / childrenMax;
}

/** A number in [0, 1) that differs from pair to pair, and is the same each time (FNV-1a, its bits mixed). */
function spread(self: string, name: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${self} ${name}`) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 12)) >>> 0) / 2 ** 32;
}
