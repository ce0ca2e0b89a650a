import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../base/assert.js';
import { backOffMs, type Candidate, decideFeeder, type Offer, PATH_LENGTH_MAX, pathBehind, refusal, type Standing } from './feeding.js';

const offer = (name: string, path: readonly string[], children = 0, childrenMax = 4): Candidate => ({
  name,
  life: name,
  path,
  children,
  childrenMax,
  version: 1,
  notBeforeMs: 0,
});
const standing = (given: Partial<Standing>): Standing => ({ self: 'me', nowMs: 100_000, feeder: undefined, asked: undefined, candidates: [], ...given });
const feeder = (path: readonly string[], sinceMs = 100_000, heardMs = 100_000) => ({ name: path.at(-1) ?? 'f', path, sinceMs, heardMs });

describe('the choice of a feeder', () => {
  it('takes the shallowest with room, and of those the least loaded', () => {
    const candidates = [offer('core', ['core'], 4), offer('a', ['core', 'a'], 3), offer('b', ['core', 'b'], 1), offer('c', ['core', 'a', 'c'])];
    expect(decideFeeder(standing({ candidates }))).toEqual({ kind: 'ask', name: 'b' });
  });

  it('never asks one whose path contains it, that is not fed, is too deep, or has just refused', () => {
    const deep = Array.from({ length: PATH_LENGTH_MAX }, (_, index) => `s${index}`);
    const refused: Candidate = { ...offer('r', ['core', 'r']), notBeforeMs: 100_001 };
    const candidates = [offer('a', ['core', 'me', 'a']), offer('b', []), offer('s15', deep), refused];
    expect(decideFeeder(standing({ candidates }))).toEqual({ kind: 'stay' });
  });

  it('leaves a feeder that is fed through it, is too deep, or has fallen silent', () => {
    const deep = Array.from({ length: PATH_LENGTH_MAX }, (_, index) => `s${index}`);
    expect(decideFeeder(standing({ feeder: feeder(['core', 'me', 'a']) }))).toEqual({ kind: 'leave', name: 'a', why: 'loop' });
    expect(decideFeeder(standing({ feeder: feeder(deep) }))).toMatchObject({ kind: 'leave', why: 'tooDeep' });
    expect(decideFeeder(standing({ feeder: feeder(['core'], 0, 90_000) }))).toMatchObject({ kind: 'leave', why: 'silent' });
  });

  it('gives a feeder that lost its own a moment, then looks for another', () => {
    const candidates = [offer('core', ['core'])];
    expect(decideFeeder(standing({ candidates, feeder: { ...feeder([]), name: 'a' } }))).toEqual({ kind: 'stay' });
    expect(decideFeeder(standing({ candidates, feeder: { ...feeder([], 99_000), name: 'a' } }))).toEqual({ kind: 'ask', name: 'core' });
  });

  it('moves to a shorter path only after a while, and only to a shorter one', () => {
    const fed = feeder(['core', 'a', 'b'], 99_000);
    const shorter = [offer('c', ['core', 'c'])];
    expect(decideFeeder(standing({ candidates: shorter, feeder: fed }))).toEqual({ kind: 'stay' });
    expect(decideFeeder(standing({ candidates: shorter, feeder: { ...fed, sinceMs: 0 } }))).toEqual({ kind: 'ask', name: 'c' });
    expect(decideFeeder(standing({ candidates: [offer('c', ['core', 'x', 'c'])], feeder: { ...fed, sinceMs: 0 } }))).toEqual({ kind: 'stay' });
  });

  it('waits for an answer, but not for ever', () => {
    expect(decideFeeder(standing({ asked: { name: 'a', sinceMs: 99_500 }, candidates: [offer('core', ['core'])] }))).toEqual({ kind: 'stay' });
    expect(decideFeeder(standing({ asked: { name: 'a', sinceMs: 98_000 } }))).toEqual({ kind: 'giveUp', name: 'a' });
  });

  it('spreads replicas over equal feeders, and always in the same way', () => {
    const candidates = Array.from({ length: 4 }, (_, index) => offer(`core${index}`, [`core${index}`]));
    const first = (self: string) => {
      const decision = decideFeeder(standing({ self, candidates }));
      assert(decision.kind === 'ask', 'somebody is asked');
      return decision.name;
    };
    const chosen = Array.from({ length: 40 }, (_, index) => first(`replica${index}`));
    expect(new Set(chosen).size).toBe(4);
    expect(chosen).toEqual(Array.from({ length: 40 }, (_, index) => first(`replica${index}`)));
  });
});

// ---------------------------------------------------------------- many servers, messages that wait, cables that break

interface Node {
  readonly name: string;
  readonly core: boolean;
  feeder: string | undefined;
  feederPath: readonly string[];
  sinceMs: number;
  asked: { name: string; sinceMs: number } | undefined;
  readonly children: Set<string>;
  readonly refused: Map<string, { times: number; untilMs: number }>;
}

type Message = { readonly kind: 'adopt' | 'adopted' | 'refused' | 'leave' } | { readonly kind: 'path'; readonly path: readonly string[] };

/** Servers that decide as the real ones do; messages between two of them keep their order, and nothing else does. */
class World {
  readonly nodes: Node[];
  readonly childrenMax: number;
  readonly queues = new Map<string, Message[]>();
  readonly cut = new Set<string>();
  nowMs = 0;

  constructor(cores: number, replicas: number, childrenMax: number) {
    const names = [...Array.from({ length: cores }, (_, index) => `core${index}`), ...Array.from({ length: replicas }, (_, index) => `replica${index}`)];
    this.childrenMax = childrenMax;
    this.nodes = names.map((name) => ({
      name,
      core: name.startsWith('core'),
      feeder: undefined,
      feederPath: [],
      sinceMs: 0,
      asked: undefined,
      children: new Set(),
      refused: new Map(),
    }));
  }

  node(name: string): Node {
    return this.nodes.find((node) => node.name === name) as Node;
  }

  pathOf(node: Node): readonly string[] {
    return node.core ? [node.name] : pathBehind(node.feeder === undefined ? undefined : node.feederPath, node.name);
  }

  offerOf(node: Node): Offer {
    return { name: node.name, life: '', path: this.pathOf(node), children: node.children.size, childrenMax: this.childrenMax, version: 0 };
  }

  isCut(one: string, other: string): boolean {
    return this.cut.has([one, other].sort().join(' '));
  }

  send(from: string, to: string, message: Message): void {
    if (this.isCut(from, to)) return;
    const key = `${from} ${to}`;
    this.queues.set(key, [...(this.queues.get(key) ?? []), message]);
  }

  /** Runs `act` and tells the children if it changed the path. */
  changing(node: Node, act: () => void): void {
    const before = this.pathOf(node).join(' ');
    act();
    const path = this.pathOf(node);
    if (path.join(' ') !== before) for (const child of node.children) this.send(node.name, child, { kind: 'path', path });
  }

  break(one: string, other: string): void {
    this.cut.add([one, other].sort().join(' '));
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.queues.delete(`${from} ${to}`);
      const node = this.node(from);
      node.children.delete(to);
      this.changing(node, () => {
        if (node.feeder === to) node.feeder = undefined;
        if (node.asked?.name === to) node.asked = undefined;
      });
    }
  }

  /** The connection to the feeder breaks; not for good, it may be opened again at once. */
  lose(node: Node, forGood: boolean): void {
    const { feeder } = node;
    if (feeder === undefined) return;
    this.break(node.name, feeder);
    if (!forGood) this.cut.delete([node.name, feeder].sort().join(' '));
  }

  /** `stale`: what others are known to offer may be wrong, so they are asked whatever they offer by now. */
  decide(node: Node, stale: ReadonlyMap<string, Offer> | undefined): void {
    if (node.core) return;
    const candidates = this.nodes
      .filter((other) => !this.isCut(node.name, other.name))
      .map((other) => ({ ...(stale?.get(other.name) ?? this.offerOf(other)), notBeforeMs: node.refused.get(other.name)?.untilMs ?? 0 }));
    const decision = decideFeeder({
      self: node.name,
      nowMs: this.nowMs,
      feeder: node.feeder === undefined ? undefined : { name: node.feeder, path: node.feederPath, sinceMs: node.sinceMs, heardMs: this.nowMs },
      asked: node.asked,
      candidates,
    });
    if (decision.kind === 'ask') {
      node.asked = { name: decision.name, sinceMs: this.nowMs };
      this.send(node.name, decision.name, { kind: 'adopt' });
    }
    if (decision.kind === 'giveUp') this.refuse(node, decision.name);
    if (decision.kind === 'leave') this.leave(node);
  }

  leave(node: Node): void {
    const { feeder } = node;
    if (feeder === undefined) return;
    this.changing(node, () => (node.feeder = undefined));
    this.send(node.name, feeder, { kind: 'leave' });
  }

  refuse(node: Node, by: string): void {
    const times = (node.refused.get(by)?.times ?? 0) + 1;
    node.refused.set(by, { times, untilMs: this.nowMs + backOffMs(node.name, by, times) });
    if (node.asked?.name === by) node.asked = undefined;
  }

  deliver(key: string): void {
    const queue = this.queues.get(key) ?? [];
    const [message, ...rest] = queue;
    this.queues.set(key, rest);
    const [from, to] = key.split(' ') as [string, string];
    if (message !== undefined) this.take(this.node(to), from, message);
  }

  take(node: Node, from: string, message: Message): void {
    switch (message.kind) {
      case 'adopt': {
        const why = refusal(this.offerOf(node), from);
        if (why === undefined) node.children.add(from);
        this.send(node.name, from, { kind: 'path', path: this.pathOf(node) });
        this.send(node.name, from, { kind: why === undefined ? 'adopted' : 'refused' });
        return;
      }
      case 'leave':
        node.children.delete(from);
        return;
      case 'refused':
        if (node.asked?.name === from) this.refuse(node, from);
        return;
      case 'path':
        this.known.set(`${node.name} ${from}`, message.path);
        if (node.feeder === from)
          this.changing(node, () => {
            if (node.feederPath.join(' ') !== message.path.join(' ')) node.sinceMs = this.nowMs;
            node.feederPath = message.path;
          });
        return;
      case 'adopted':
        if (node.asked?.name !== from) {
          if (node.feeder !== from) this.send(node.name, from, { kind: 'leave' });
          return;
        }
        node.asked = undefined;
        node.refused.delete(from);
        this.changing(node, () => {
          const { feeder: before } = node;
          if (before !== undefined) this.send(node.name, before, { kind: 'leave' });
          node.feeder = from;
          node.feederPath = this.known.get(`${node.name} ${from}`) ?? [];
          node.sinceMs = this.nowMs;
        });
    }
  }

  readonly known = new Map<string, readonly string[]>();

  settle(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      this.nowMs += 100;
      for (const node of this.nodes) this.decide(node, undefined);
      for (let left = true; left; ) {
        left = false;
        for (const [key, queue] of this.queues) {
          if (queue.length === 0) continue;
          left = true;
          this.deliver(key);
        }
      }
    }
  }

  /** What must hold at every moment. */
  check(): void {
    for (const node of this.nodes) {
      const path = this.pathOf(node);
      assert(new Set(path).size === path.length, `a circle in the path ${path.join(' > ')}`);
      assert(path.length === 0 || (path[0]?.startsWith('core') === true && path.at(-1) === node.name), 'a path leads from a CORE to the server');
      assert(path.length <= PATH_LENGTH_MAX, 'a path is bounded');
      assert(node.children.size <= this.childrenMax, 'children are bounded');
    }
  }

  /** The servers on the way up, as they really feed each other. */
  chain(node: Node): readonly string[] {
    const chain = [node.name];
    for (let at: Node = node; at.feeder !== undefined && chain.length <= this.nodes.length; ) {
      at = this.node(at.feeder);
      chain.unshift(at.name);
    }
    return chain;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('decide' as const), who: fc.nat(), stale: fc.boolean() }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('deliver' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 7000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('lose' as const), who: fc.nat(), forGood: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), one: fc.nat(), other: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('heal' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remember' as const) }) },
);

describe('many servers that choose at once', () => {
  it('never feed in a circle, whatever the order of messages and whatever breaks; and all are fed again when all is whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 2 }),
        fc.array(step, { minLength: 50, maxLength: 300, size: 'max' }),
        (cores, replicas, childrenMax, steps) => {
          const world = new World(cores, replicas, childrenMax);
          world.settle(20);
          let remembered: ReadonlyMap<string, Offer> = new Map();
          const one = (index: number) => world.nodes[index % world.nodes.length] as Node;
          for (const action of steps) {
            if (action.kind === 'decide') world.decide(one(action.who), action.stale ? remembered : undefined);
            if (action.kind === 'wait') world.nowMs += action.ms;
            if (action.kind === 'lose') world.lose(one(action.who), action.forGood);
            if (action.kind === 'heal') world.cut.clear();
            if (action.kind === 'remember') remembered = new Map(world.nodes.map((node) => [node.name, world.offerOf(node)]));
            if (action.kind === 'cut' && one(action.one) !== one(action.other)) world.break(one(action.one).name, one(action.other).name);
            if (action.kind === 'deliver') {
              const waiting = [...world.queues].filter(([, queue]) => queue.length > 0);
              if (waiting.length > 0) world.deliver((waiting[action.which % waiting.length] as [string, Message[]])[0]);
            }
            world.check();
          }
          world.cut.clear();
          world.settle(150);
          world.check();
          for (const node of world.nodes) {
            assert(world.pathOf(node).length > 0, `${node.name} is fed`);
            assert(world.chain(node).join(' ') === world.pathOf(node).join(' '), 'the path is the way that it says');
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('make a shallow tree', () => {
    const world = new World(1, 30, 2);
    world.settle(300);
    const depths = world.nodes.map((node) => world.pathOf(node).length);
    // 2 + 4 + 8 + 16 = 30 places in five levels, the CORE's included.
    expect(Math.max(...depths)).toBe(5);
  });
});
