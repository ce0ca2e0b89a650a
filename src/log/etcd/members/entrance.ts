// How a member is to start, decided from what is on its disk and what the other members say (SAFETY 30). Nothing
// here reads, writes or waits.
//
//   data there ─ the others know me, or are silent ─▶ start with it
//        └────── the others agree that I am out ───▶ discard it, and see below
//   no data ──── others run, I am listed and have run ─▶ be removed and added again, as a learner
//        ├────── others run, I am not listed ──────▶ be added, as a learner, if a voter is wanted
//        ├────── all others named are at their first start, or say so of me ─▶ begin the cluster
//        └────── somebody is missing ──────────────▶ wait: an empty disk may be a lost one
//
// Beginning needs the word of *all* the others: one of them knows, if this member ever had a vote.

import type { Int64Text } from '../rpc/messages.js';

export interface PeerMember {
  readonly id: Int64Text;
  /** Empty until it has started. */
  readonly name: string;
  readonly peerURLs: readonly string[];
  /** Empty until it has run in the cluster. */
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

/** What was found at a peer address: nothing, a server that waits for its first start, or a member and the members it knows. */
export type PeerAnswer = { readonly kind: 'silent' } | { readonly kind: 'forming' } | { readonly kind: 'members'; readonly members: readonly PeerMember[] };

export interface EntranceFacts {
  readonly peerUrl: string;
  readonly dataThere: boolean;
  /** Of this server's member when it ran last. */
  readonly knownId: Int64Text | undefined;
  /** Peer URLs of the members that begin the cluster; without this server's own it only ever joins. */
  readonly initial: readonly string[];
  /** By peer URL, of all others that are known. */
  readonly answers: ReadonlyMap<string, PeerAnswer>;
}

export type EntranceDecision =
  | { readonly kind: 'start' }
  | { readonly kind: 'begin' }
  /** Not a member now. `stale`: the member that this server was, to be removed first. */
  | { readonly kind: 'outside'; readonly stale: Int64Text | undefined; readonly discard: boolean }
  | { readonly kind: 'wait'; readonly reason: string };

export function decideEntrance(facts: EntranceFacts): EntranceDecision {
  const lists = [...facts.answers.values()].flatMap((answer) => (answer.kind === 'members' ? [answer.members] : []));
  if (facts.dataThere) return withData(facts, lists);
  const known = lists.flat().find((member) => member.id === facts.knownId || (member.peerURLs.includes(facts.peerUrl) && hasRun(member)));
  if (known !== undefined) return { kind: 'outside', stale: known.id, discard: false };
  if (lists.length > 0 && (facts.knownId !== undefined || !lists.every((members) => isInitial(members, facts)))) {
    return { kind: 'outside', stale: undefined, discard: false };
  }
  return firstStart(facts);
}

function withData({ knownId }: EntranceFacts, lists: readonly (readonly PeerMember[])[]): EntranceDecision {
  const out = knownId !== undefined && lists.length > 0 && lists.every((members) => !members.some((member) => member.id === knownId));
  return out ? { kind: 'outside', stale: undefined, discard: true } : { kind: 'start' };
}

function firstStart({ initial, peerUrl, knownId, answers }: EntranceFacts): EntranceDecision {
  const silent = [...answers].filter(([url, answer]) => answer.kind === 'silent' && initial.includes(url)).map(([url]) => url);
  if (knownId !== undefined) {
    const alone = answers.size === 0 ? 'and it was the only one' : `and the others (${[...answers.keys()].join(', ')}) do not answer`;
    return { kind: 'wait', reason: `this server's member of etcd has run before, its data is gone, ${alone}` };
  }
  if (!initial.includes(peerUrl)) return { kind: 'wait', reason: `none of the members that are named (${[...answers.keys()].join(', ')}) runs yet` };
  if (silent.length > 0)
    return { kind: 'wait', reason: `the first start of a cluster needs all its members, and there is no answer from ${silent.join(', ')}` };
  return { kind: 'begin' };
}

/** A learner that is listed under this address may have run without having been heard of: it is added again. */
function hasRun(member: PeerMember): boolean {
  return member.clientURLs.length > 0 || member.isLearner;
}

/** The members are those that began the cluster: who of them has not run yet may. */
function isInitial(members: readonly PeerMember[], { initial, peerUrl }: EntranceFacts): boolean {
  const urls = members.flatMap((member) => member.peerURLs);
  return initial.includes(peerUrl) && urls.length === initial.length && initial.every((url) => urls.includes(url));
}
