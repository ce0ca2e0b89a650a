import { describe, expect, it } from 'vitest';
import { decideEntrance, type EntranceFacts, type PeerAnswer, type PeerMember } from './entrance.js';

const [a, b, c] = ['http://a:2380', 'http://b:2380', 'http://c:2380'] as const;
const silent: PeerAnswer = { kind: 'silent' };
const forming: PeerAnswer = { kind: 'forming' };

function member(id: string, peerUrl: string, ran = true, isLearner = false): PeerMember {
  return { id, name: ran ? `m${id}` : '', peerURLs: [peerUrl], clientURLs: ran ? [`${peerUrl}0`] : [], isLearner };
}

const list = (...members: PeerMember[]): PeerAnswer => ({ kind: 'members', members });

/** Of member `a`, which begins the cluster with `b` and `c`. */
function facts(answers: readonly [PeerAnswer, PeerAnswer], more: Partial<EntranceFacts> = {}): EntranceFacts {
  const all = new Map([
    [b, answers[0]],
    [c, answers[1]],
  ]);
  return { peerUrl: a, dataThere: false, knownId: undefined, initial: [a, b, c], answers: all, ...more };
}

describe('how a member starts', () => {
  it('begins a cluster only with the word of all others that it never had a vote', () => {
    expect(decideEntrance(facts([forming, forming])).kind).toBe('begin');
    expect(decideEntrance(facts([forming, silent])).kind).toBe('wait');
    expect(decideEntrance(facts([silent, silent])).kind).toBe('wait');
    const begun = list(member('1', a, false), member('2', b), member('3', c, false));
    expect(decideEntrance(facts([begun, forming])).kind).toBe('begin');
    expect(decideEntrance(facts([begun, silent])).kind).toBe('wait');
    expect(decideEntrance({ ...facts([silent, silent]), initial: [a], answers: new Map() }).kind).toBe('begin');
  });

  it('is removed and added again where its disk is empty and the others knew it', () => {
    const running = list(member('1', a), member('2', b), member('3', c));
    expect(decideEntrance(facts([running, silent]))).toEqual({ kind: 'outside', stale: '1', discard: false });
    // One of them has not heard of its start.
    const behind = list(member('1', a, false), member('2', b), member('3', c));
    expect(decideEntrance(facts([behind, running]))).toEqual({ kind: 'outside', stale: '1', discard: false });
    expect(decideEntrance(facts([behind, behind], { knownId: '1' }))).toEqual({ kind: 'outside', stale: '1', discard: false });
    expect(decideEntrance(facts([forming, forming], { knownId: '1' })).kind).toBe('wait');
    const learner = list(member('4', a, false, true), member('2', b), member('3', c));
    expect(decideEntrance(facts([learner, learner]))).toEqual({ kind: 'outside', stale: '4', discard: false });
  });

  it('joins a cluster that it is no member of', () => {
    const others = list(member('2', b), member('3', c));
    expect(decideEntrance(facts([others, others]))).toEqual({ kind: 'outside', stale: undefined, discard: false });
    expect(decideEntrance(facts([others, others], { initial: [b, c] })).kind).toBe('outside');
    expect(decideEntrance(facts([forming, forming], { initial: [b, c] })).kind).toBe('wait');
  });

  it('starts with the data it has, unless the others agree that it was removed', () => {
    const without = list(member('2', b), member('3', c));
    const withMe = list(member('1', a), member('2', b), member('3', c));
    const mine = { dataThere: true, knownId: '1' };
    expect(decideEntrance(facts([silent, silent], mine)).kind).toBe('start');
    expect(decideEntrance(facts([withMe, without], mine)).kind).toBe('start');
    expect(decideEntrance(facts([without, silent], mine))).toEqual({ kind: 'outside', stale: undefined, discard: true });
    expect(decideEntrance(facts([without, without], { dataThere: true })).kind).toBe('start');
  });
});
