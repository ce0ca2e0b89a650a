// The simulated network keeps what TCP promises, and breaks what networks break.

import { describe, expect, it } from 'vitest';
import type { Connection, Network } from '../../src/base/network.js';
import { seededRandom } from '../../src/base/random.js';
import { createSimulatedClock, type SimulatedClock } from '../../src/log/simulated/simulated-clock.js';
import { Machine } from './machine.js';
import { SimulatedNetwork } from './network.js';

const address = { host: 'b', port: 1 };

function two(seed = 1) {
  const clock = createSimulatedClock();
  const network = new SimulatedNetwork(clock, seededRandom(seed));
  const [a, b] = [new Machine('a', clock), new Machine('b', clock)];
  for (const machine of [a, b]) {
    network.add(machine);
    machine.boot();
  }
  return { clock, network, a, b, from: network.of(a), to: network.of(b) };
}

async function connected(clock: SimulatedClock, from: Network, to: Network) {
  const got: number[] = [];
  const closed: string[] = [];
  let accepted: Connection | undefined;
  await clock.settle(
    to.listen(address, (connection) => {
      accepted = connection;
      connection.onData((bytes) => got.push(...bytes));
      connection.onClose((error) => closed.push(error?.message ?? 'in order'));
    }),
  );
  const connection = await clock.settle(from.connect(address, 1000));
  await clock.advance(5);
  if (accepted === undefined) throw new Error('not accepted');
  return { connection, accepted, got, closed };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'connected',
    (error: { code: string }) => error.code,
  );

describe('the simulated network', () => {
  it('keeps the order of a connection, whatever the delays', async () => {
    const { clock, from, to } = two();
    const { connection, got } = await connected(clock, from, to);
    const sent = Array.from({ length: 200 }, (_, index) => index);
    for (const byte of sent) connection.write(Uint8Array.of(byte));
    await clock.advance(1000);
    expect(got).toEqual(sent);
  });

  it('holds what is sent over a cut way until it is healed', async () => {
    const { clock, network, from, to } = two();
    const { connection, got } = await connected(clock, from, to);
    const heal = network.cut('a', 'b');
    connection.write(Uint8Array.of(1, 2));
    await clock.advance(2000);
    expect(got).toEqual([]);
    heal();
    connection.write(Uint8Array.of(3));
    await clock.advance(100);
    expect(got).toEqual([1, 2, 3]);
  });

  it('tells a sender in the end that nobody takes its bytes, and the other end nothing', async () => {
    const { clock, network, from, to } = two();
    const { connection, closed } = await connected(clock, from, to);
    let lost = '';
    connection.onClose((error) => {
      lost = error?.message ?? 'in order';
    });
    network.cut('a', 'b');
    connection.write(Uint8Array.of(1));
    await clock.advance(20_000);
    expect(lost).toMatch(/does not answer/);
    expect(closed).toEqual([]);
  });

  it('refuses only where nobody listens on a machine that is there', async () => {
    const { clock, network, a, b, from } = two();
    expect(await clock.settle(codeOf(from.connect(address, 500)))).toBe('ECONNREFUSED');
    const heal = network.cut('b', 'a');
    expect(await clock.settle(codeOf(from.connect(address, 500)))).toBe('ETIMEDOUT');
    heal();
    b.die(false);
    network.died(b);
    expect(await clock.settle(codeOf(network.of(a).connect(address, 500)))).toBe('ETIMEDOUT');
  });

  it('tells of the death of a process at once, and of a power failure when bytes meet the machine again', async () => {
    for (const powered of [true, false]) {
      const { clock, network, b, from, to } = two();
      const { connection } = await connected(clock, from, to);
      let lost = false;
      connection.onClose(() => {
        lost = true;
      });
      b.die(powered);
      network.died(b);
      await clock.advance(100);
      expect(lost).toBe(powered);
      connection.write(Uint8Array.of(1));
      b.boot();
      network.powered();
      await clock.advance(100);
      expect(lost).toBe(true);
    }
  });

  it('keeps what arrives for a process that stands still', async () => {
    const { clock, b, from, to } = two();
    const { connection, got, closed } = await connected(clock, from, to);
    b.pause();
    connection.write(Uint8Array.of(7));
    connection.end();
    await clock.advance(1000);
    expect(got).toEqual([]);
    b.resume();
    await clock.advance(10);
    expect(got).toEqual([7]);
    expect(closed).toEqual(['in order']);
  });
});
