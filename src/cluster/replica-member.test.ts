import { describe, expect, it } from 'vitest';
import type { LiveServer } from '../log/log.js';
import { merged } from './replica-member.js';

const address = { host: 'h', port: 1 };

function core(life: string, startedAtMs: number, alive: boolean): LiveServer {
  const record = {
    id: 'core1',
    name: 'core1',
    kind: 'CORE',
    bolt: address,
    http: address,
    cluster: address,
    pid: 1,
    featureLevel: 1,
    prefersToLead: [],
  } as const;
  return { ...record, life, startedAtMs, alive };
}

describe('what a replica makes of the words on a server', () => {
  it('takes the new life of a server whose clock was set back before it started again', () => {
    expect(merged([core('old', 5000, true)], [[core('new', 10, true)]])).toEqual([core('new', 10, true)]);
  });

  it('keeps a life that somebody sees against the word of its death, or of an earlier one', () => {
    const words = [[core('new', 10, true)], [core('old', 5000, false)]];
    expect(merged([core('old', 5000, true)], words)).toEqual([core('new', 10, true)]);
    expect(merged([core('new', 10, true)], words)).toEqual([core('new', 10, true)]);
  });

  it('takes the newest word of the same life', () => {
    expect(merged([core('one', 1, true)], [[core('one', 1, true)], [core('one', 1, false)]])).toEqual([core('one', 1, false)]);
  });
});
