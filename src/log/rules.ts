// What the guards of the log say, as values in and values out: shared by the engines, so that they cannot differ (on
// etcd the guards themselves are in its transactions, and these rules read what a refused one found). Nothing here
// reads, writes or waits.
//
// A leadership belongs to a *session*: a server may lose its session and open another within one life, and what
// it held in the first is lost all the same. The record is the truth: `holder` is undefined exactly when vacant.

import type { AppendOutcome, AppendRequest, Leadership, LogPosition } from './log.js';

export interface Holder {
  readonly name: string;
  readonly life: string;
  /** Number of the session within the server's name; grows with each opening. */
  readonly session: number;
}

export interface GraphState extends LogPosition {
  /** The last term given; 0 before the first. */
  readonly term: number;
  readonly holder: Holder | undefined;
}

export const emptyGraphState: GraphState = { head: 0, floor: 0, incarnation: '', term: 0, holder: undefined };

export type Verdict = { readonly kind: 'put'; readonly state: GraphState } | { readonly kind: 'refused'; readonly outcome: AppendOutcome };

export function sameHolder(one: Holder | undefined, other: Holder | undefined): boolean {
  return one !== undefined && other !== undefined && one.name === other.name && one.life === other.life && one.session === other.session;
}

/** Whether the leadership of `term` is `me`'s (SAFETY 11: this life's and this session's own). */
export function holdsTerm(state: GraphState, term: number, me: Holder | undefined): boolean {
  return state.term === term && sameHolder(state.holder, me);
}

/**
 * The guard of one append (SAFETY 12): term, incarnation and head are compared together. `batchIdAt` is the batch id
 * of the entry that is at the request's index now. The batch is looked for first: a request that was applied and
 * whose term is lost since is still `appended` (SAFETY 13).
 */
export function judgeAppend(state: GraphState, request: AppendRequest, me: Holder | undefined, batchIdAt: string | undefined): Verdict {
  const refused = (outcome: AppendOutcome): Verdict => ({ kind: 'refused', outcome });
  if (batchIdAt === request.batchId) return refused({ kind: 'appended' });
  if (!holdsTerm(state, request.term, me)) return refused(judgeAfterTerm(state, request));
  if (state.incarnation !== '' && state.incarnation !== request.incarnation) {
    return refused({ kind: 'incarnationMismatch', incarnation: state.incarnation });
  }
  if (state.head !== request.index - 1) return refused({ kind: 'headMoved', head: state.head });
  return { kind: 'put', state: { ...state, head: request.index, incarnation: request.incarnation } };
}

function judgeAfterTerm(state: GraphState, request: AppendRequest): AppendOutcome {
  // Absence of a truncated entry means nothing: only the applied history knows (SAFETY 15).
  if (request.index <= state.floor) {
    return { kind: 'ambiguous', reason: `entry ${request.index} is at or below the floor ${state.floor}: ask the applied history` };
  }
  return { kind: 'termLost', term: state.term };
}

/** Outcomes of a request of several when one was refused: nothing was appended (all or none). */
export function refuseTogether(verdicts: readonly Verdict[], heads: readonly number[]): readonly AppendOutcome[] {
  return verdicts.map((verdict, at) => (verdict.kind === 'refused' ? verdict.outcome : { kind: 'headMoved', head: heads[at] ?? 0 }));
}

/** The state after `me` won a vacant leadership. */
export function wonBy(state: GraphState, me: Holder): GraphState {
  return { ...state, term: state.term + 1, holder: me };
}

export function leadershipOf(graph: string, state: GraphState): Leadership {
  return { graph, term: state.term, holder: state.holder?.name, life: state.holder?.life };
}

export function positionOf(state: GraphState): LogPosition {
  return { head: state.head, floor: state.floor, incarnation: state.incarnation };
}
