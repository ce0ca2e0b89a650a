// The faults of one run, drawn from its seed: what, whom, when and for how long. Each takes itself back; `heal` takes
// back what is left, so that the end of every run is quiet.

import { below, chance, fraction, pick, type Random } from '../../src/base/random.js';
import { noFaults } from '../../src/log/simulated/faults.js';
import type { Way } from '../../src/log/simulated/simulated-cluster.js';
import type { Member, World } from './world.js';

const HOUR_MS = 3_600_000;
const COUNT_MIN = 6;
const COUNT_MAX = 14;

/** Begins, and returns what takes it back. */
type Fault = (world: World, target: Member, random: Random) => (() => void | Promise<void>) | undefined;

const kinds: Readonly<Record<string, Fault>> = {
  'cut off from everything': (world, target, random) => {
    const heals = others(world, target).flatMap((name) => [world.network.cut(target.name, name), world.network.cut(name, target.name)]);
    const fromLog = chance(random, 0.5);
    if (fromLog) world.log.partition(target.name);
    return () => {
      for (const heal of heals) heal();
      if (fromLog) world.log.heal(target.name);
    };
  },
  'cut in two': (world, _target, random) => {
    const side = new Set(names(world).filter(() => chance(random, 0.5)));
    const heals = names(world).flatMap((from) => names(world).flatMap((to) => (side.has(from) === side.has(to) ? [] : [world.network.cut(from, to)])));
    return () => heals.map((heal) => heal()) && undefined;
  },
  'cut from one': (world, target, random) => {
    const other = pick(random, others(world, target));
    const heals = [world.network.cut(target.name, other), world.network.cut(other, target.name)];
    return () => heals.map((heal) => heal()) && undefined;
  },
  'cut one way': (world, target, random) => {
    const inward = chance(random, 0.5);
    const heals = others(world, target).map((name) => (inward ? world.network.cut(name, target.name) : world.network.cut(target.name, name)));
    return () => heals.map((heal) => heal()) && undefined;
  },
  'cut from the log': (world, target, random) => {
    const ways: readonly (readonly Way[])[] = [['to', 'from'], ['to'], ['from']];
    world.log.partition(target.name, pick(random, ways));
    return () => world.log.heal(target.name);
  },
  'slow network': (world, target, random) => {
    const max = 20 + below(random, 400);
    return world.network.slow(target.name, { min: max / 10, max });
  },
  'broken connections': (world, target, random) => {
    const share = 0.1 + 0.9 * fraction(random);
    const halfOpen = chance(random, 0.3);
    const everyMs = 30 + below(random, 600);
    let over = false;
    const again = () => {
      if (over) return;
      world.network.breakConnections(target.name, share, halfOpen);
      world.clock.after(everyMs, again);
    };
    again();
    return () => {
      over = true;
    };
  },
  pause: (world, target) => {
    if (!target.machine.isAlive || target.machine.isPaused) return undefined;
    world.pause(target);
    const { life } = target.machine;
    return () => {
      if (target.machine.life === life && target.machine.isAlive) world.resume(target);
    };
  },
  crash: (world, target) => crash(world, target, true),
  'power failure': (world, target) => crash(world, target, false),
  'loss of disk': (world, target, random) =>
    crash(world, target, chance(random, 0.5), () => {
      target.serverId = `${target.serverId.slice(0, 24)}${random.next().toString(16).padStart(12, '0')}`;
    }),
  'orderly restart': (world, target) => {
    if (target.server === undefined || target.machine.isPaused) return undefined;
    const stopped = world.stop(target);
    return async () => {
      await stopped;
      if (!target.machine.isAlive) world.boot(target);
    };
  },
  'clock jump': (_world, target, random) => {
    const hours = chance(random, 0.3) ? 60 : 4;
    target.machine.jumpWall(Math.round((fraction(random) - 0.5) * 2 * hours * HOUR_MS));
    return () => {};
  },
  'session loss': (world, target) => {
    world.log.loseSession(target.name);
    return () => {};
  },
  'ambiguous log': (world, _target, random) => {
    const probability = 0.05 + 0.3 * fraction(random);
    world.log.setFaults({ ambiguousApplied: probability, ambiguousNotApplied: probability, ambiguousAppliedLate: probability, lateMs: { min: 1, max: 400 } });
    return () => world.log.setFaults({ ambiguousApplied: 0, ambiguousNotApplied: 0, ambiguousAppliedLate: 0 });
  },
  'stale log': (world) => {
    world.log.setFaults({ staleRead: 0.4, lostEvent: 0.5 });
    return () => world.log.setFaults({ staleRead: 0, lostEvent: 0 });
  },
  'no log': (world) => {
    world.log.setFaults({ unavailable: true });
    return () => world.log.setFaults({ unavailable: false });
  },
  'slow log': (world, _target, random) => {
    const max = 10 + below(random, 250);
    world.log.setFaults({ latencyMs: { min: max / 10, max }, eventDelayMs: { min: 0, max: 2 * max } });
    return () => world.log.setFaults({ latencyMs: noFaults.latencyMs, eventDelayMs: noFaults.eventDelayMs });
  },
};

export class FaultPlan {
  /** What happened, for people. */
  readonly happened: string[];
  readonly #world: World;
  readonly #random: Random;
  readonly #open: Set<() => void | Promise<void>>;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.happened = [];
    this.#open = new Set();
  }

  get count(): number {
    return this.happened.length;
  }

  /** Begins them one after the other within `withinMs`, some of them at once. */
  plan(withinMs: number): void {
    const count = COUNT_MIN + below(this.#random, COUNT_MAX - COUNT_MIN + 1);
    for (let index = 0; index < count; index++) this.#world.clock.after(fraction(this.#random) * withinMs, () => this.#begin());
  }

  async heal(): Promise<void> {
    for (const takeBack of [...this.#open]) {
      this.#open.delete(takeBack);
      await takeBack();
    }
  }

  #begin(): void {
    const random = this.#random;
    const name = pick(random, Object.keys(kinds));
    const target = this.#target();
    const longMs = 100 + fraction(random) ** 2 * 9000;
    const takeBack = kinds[name]?.(this.#world, target, random);
    if (takeBack === undefined) return;
    const what = `${this.#world.clock.nowMs().toFixed(0)} ms: ${name} (${target.name}) for ${longMs.toFixed(0)} ms`;
    this.happened.push(what);
    this.#world.trace(what);
    this.#open.add(takeBack);
    this.#world.clock.after(longMs, () => {
      if (this.#open.delete(takeBack)) void takeBack();
    });
  }

  /** Often whoever leads: there it hurts most. */
  #target(): Member {
    const leader = chance(this.#random, 0.5) ? this.#world.leader('neo4j') : undefined;
    return leader ?? pick(this.#random, this.#world.members);
  }
}

function crash(world: World, target: Member, powered: boolean, meanwhile = () => {}): (() => void) | undefined {
  if (!target.machine.isAlive) return undefined;
  world.crash(target, powered);
  return () => {
    if (target.machine.isAlive) return;
    meanwhile();
    world.boot(target);
  };
}

function names(world: World): readonly string[] {
  return world.members.map(({ name }) => name);
}

function others(world: World, target: Member): readonly string[] {
  return names(world).filter((name) => name !== target.name);
}
