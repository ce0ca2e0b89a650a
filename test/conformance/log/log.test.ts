// What every engine of the log does, run on each of them from one table.

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendOf, type EngineRun, engines, Member, recordOf, until } from './engines.js';

const text = (payload: Uint8Array) => new TextDecoder().decode(payload);

for (const engine of engines) {
  const skipped = engine.missing === undefined ? '' : ` (skipped: ${engine.missing})`;
  describe.skipIf(engine.missing !== undefined)(`the ${engine.name} log${skipped}`, () => {
    let run: EngineRun;
    let members: Member[];
    const member = async (name: string, kind: 'CORE' | 'READ_REPLICA' = 'CORE') => {
      const opened = await new Member(run.logFor(name), recordOf(name, kind)).open();
      members.push(opened);
      return opened;
    };
    const begin = (options?: Parameters<typeof engine.start>[0]) => {
      run = engine.start(options);
      members = [];
    };
    beforeAll(async () => engine.setUp?.());
    afterAll(async () => engine.tearDown?.());
    beforeEach(() => begin());
    afterEach(async () => {
      await Promise.all(members.map((opened) => opened.close()));
      await run.stop();
    });

    it('appends under the guards of term and head, and reads it back', async () => {
      const one = await member('one');
      expect(await one.log.position('g')).toEqual({ head: 0, floor: 0, incarnation: '' });
      const term = await one.win('g');
      expect(term).toBe(1);
      expect(await one.log.append([appendOf('g', term, 1, 'a')])).toEqual([{ kind: 'appended' }]);
      expect(await one.log.append([appendOf('g', term, 2, 'b')])).toEqual([{ kind: 'appended' }]);
      const read = await one.log.read('g', 1, 1000);
      expect({ ...read, entries: read.entries.map((entry) => [entry.index, text(entry.payload)]) }).toEqual({
        head: 2,
        floor: 0,
        incarnation: 'first',
        entries: [
          [1, 'a'],
          [2, 'b'],
        ],
      });
    });

    it('recognises a resent batch, also behind later entries and after the term is lost', async () => {
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      const request = appendOf('g', term, 1, 'a');
      expect(await one.log.append([request])).toEqual([{ kind: 'appended' }]);
      expect(await one.log.append([request])).toEqual([{ kind: 'appended' }]);
      await one.log.append([appendOf('g', term, 2, 'b')]);
      expect(await one.log.append([request])).toEqual([{ kind: 'appended' }]);
      await one.log.resign('g', term);
      await two.win('g');
      expect(await one.log.append([request])).toEqual([{ kind: 'appended' }]);
      expect((await one.log.position('g')).head).toBe(2);
    });

    it('keeps the payload usable by the caller for a resend', async () => {
      const one = await member('one');
      const request = appendOf('g', await one.win('g'), 1, 'payload');
      await one.log.append([request]);
      expect(text(request.payload)).toBe('payload');
    });

    it('tells a moved head from a lost term', async () => {
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      await one.log.append([appendOf('g', term, 1, 'a')]);
      expect(await one.log.append([appendOf('g', term, 1, 'x')])).toEqual([{ kind: 'headMoved', head: 1 }]);
      expect(await one.log.append([appendOf('g', term, 3, 'x')])).toEqual([{ kind: 'headMoved', head: 1 }]);
      expect(await two.log.append([appendOf('g', term, 2, 'x')])).toEqual([{ kind: 'termLost', term: 1 }]);
      await one.log.resign('g', term);
      expect(await one.log.append([appendOf('g', term, 2, 'x')])).toEqual([{ kind: 'termLost', term: 1 }]);
      expect(await two.win('g')).toBe(2);
      expect(await one.log.append([appendOf('g', term, 2, 'x')])).toEqual([{ kind: 'termLost', term: 2 }]);
      expect((await one.log.position('g')).head).toBe(1);
    });

    it('refuses another incarnation', async () => {
      const one = await member('one');
      const term = await one.win('g');
      await one.log.append([appendOf('g', term, 1, 'a')]);
      expect(await one.log.append([appendOf('g', term, 2, 'b', 'second')])).toEqual([{ kind: 'incarnationMismatch', incarnation: 'first' }]);
    });

    it('appends to several graphs all or none', async () => {
      const one = await member('one');
      const g = await one.win('g');
      const h = await one.win('h');
      expect(await one.log.append([appendOf('g', g, 1, 'a'), appendOf('h', h, 1, 'b')])).toEqual([{ kind: 'appended' }, { kind: 'appended' }]);
      expect(await one.log.append([appendOf('g', g, 2, 'c'), appendOf('h', h + 1, 2, 'd')])).toEqual([
        { kind: 'headMoved', head: 1 },
        { kind: 'termLost', term: 1 },
      ]);
      expect([...(await one.log.barrier(['g', 'h', 'i']))]).toEqual([
        ['g', 1],
        ['h', 1],
        ['i', 0],
      ]);
    });

    it('judges appends of one moment each by its own guards', async () => {
      const one = await member('one');
      const g = await one.win('g');
      const h = await one.win('h');
      const outcomes = await Promise.all([
        one.log.append([appendOf('g', g, 1, 'a')]),
        one.log.append([appendOf('h', h, 5, 'b')]),
        one.log.append([appendOf('h', h, 1, 'c')]),
      ]);
      expect(outcomes.flat().map((outcome) => outcome.kind)).toEqual(['appended', 'headMoved', 'appended']);
    });

    it('bounds what one read answers, and gives at least one entry', async () => {
      const one = await member('one');
      const term = await one.win('g');
      for (let index = 1; index <= 5; index++) await one.log.append([appendOf('g', term, index, 'x'.repeat(100))]);
      expect((await one.log.read('g', 2, 250)).entries.map((entry) => entry.index)).toEqual([2, 3]);
      expect((await one.log.read('g', 4, 1)).entries.map((entry) => entry.index)).toEqual([4]);
      expect((await one.log.read('g', 6, 1000)).entries).toEqual([]);
    });

    it('keeps an empty payload and a large one', async () => {
      const one = await member('one');
      const term = await one.win('g');
      const large = new Uint8Array(3_000_000).map((_, at) => at % 251);
      expect(await one.log.append([appendOf('g', term, 1, '')])).toEqual([{ kind: 'appended' }]);
      expect(await one.log.append([{ ...appendOf('g', term, 2, ''), payload: large }])).toEqual([{ kind: 'appended' }]);
      const { entries } = await one.log.read('g', 1, 10_000_000);
      expect(entries.map((entry) => entry.payload.length)).toEqual([0, 3_000_000]);
      expect(Buffer.compare(entries[1]?.payload ?? new Uint8Array(), large)).toBe(0);
    });

    it('shows each server what the other appended, with an event', async () => {
      const one = await member('one');
      const two = await member('two');
      two.log.follow('g');
      const term = await one.win('g');
      await one.log.append([appendOf('g', term, 1, 'a')]);
      expect((await two.log.read('g', 1, 1000)).entries.map((entry) => text(entry.payload))).toEqual(['a']);
      await until(() => two.heads.some((event) => event.graph === 'g' && event.head === 1), 'onHead at the other server');
      await until(() => two.leaderships.some((event) => event.holder === 'one' && event.term === term), 'onLeadership at the other server');
      two.log.unfollow('g');
    });

    it('gives a leadership to one server only, and again when it is free', async () => {
      const one = await member('one');
      const two = await member('two');
      const outcomes = await Promise.all([one.log.campaign('g'), two.log.campaign('g')]);
      expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['held', 'won']);
      const [winner, loser] = outcomes[0]?.kind === 'won' ? [one, two] : [two, one];
      expect(await loser.log.leadership('g')).toEqual({ graph: 'g', term: 1, holder: winner.record.name, life: winner.record.life });
      loser.log.follow('g');
      await loser.log.resign('g', 1);
      expect((await loser.log.leadership('g')).holder).toBe(winner.record.name);
      await winner.log.resign('g', 1);
      expect(await loser.log.leadership('g')).toEqual({ graph: 'g', term: 1, holder: undefined, life: undefined });
      await until(() => loser.leaderships.at(-1)?.holder === undefined, 'vacancy event');
      expect(await loser.win('g')).toBe(2);
    });

    it('answers a second campaign of the holder with its own term', async () => {
      const one = await member('one');
      expect(await one.win('g')).toBe(await one.win('g'));
    });

    it('hands a leadership over in one step', async () => {
      const one = await member('one');
      const two = await member('two');
      await member('reader', 'READ_REPLICA');
      two.log.follow('g');
      const term = await one.win('g');
      expect(await one.log.handOver('g', term, 'nobody')).toBe('noSuchServer');
      expect(await one.log.handOver('g', term, 'reader')).toBe('noSuchServer');
      expect(await one.log.handOver('g', term + 1, 'two')).toBe('termLost');
      expect(await one.log.handOver('g', term, 'two')).toBe('moved');
      await until(() => two.leaderships.some((event) => event.life === two.record.life && event.term === 2), 'the target learns of it');
      expect(await one.log.append([appendOf('g', term, 1, 'x')])).toEqual([{ kind: 'termLost', term: 2 }]);
      expect(await two.log.append([appendOf('g', 2, 1, 'a')])).toEqual([{ kind: 'appended' }]);
    });

    it('ends the session of an expelled life, which then opens another', async () => {
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      await two.log.expel('one', 'another life', 'processGone');
      expect((await two.log.leadership('g')).holder).toBe('one');
      await two.log.expel('one', one.record.life, 'processGone');
      expect((await two.log.leadership('g')).holder).toBeUndefined();
      expect(await one.log.append([appendOf('g', term, 1, 'x')])).toEqual([{ kind: 'termLost', term: 1 }]);
      await until(() => one.losses.length === 1, 'onSessionLost');
      await until(async () => (await one.log.campaign('g')).kind === 'won', 'the new session wins');
      expect((await one.log.leadership('g')).term).toBe(2);
    });

    it('gives the session up when the main loop does not beat, and opens one when it beats again', async () => {
      begin({ watchdogMs: 600 });
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      two.log.follow('g');
      one.stopBeating();
      await until(() => one.losses.length > 0, 'onSessionLost');
      await until(() => two.leaderships.at(-1)?.holder === undefined, 'vacancy at the peer');
      expect(await one.log.append([appendOf('g', term, 1, 'x')])).toEqual([{ kind: 'termLost', term: 1 }]);
      expect((await one.log.campaign('h')).kind).toBe('unavailable');
      expect(await two.win('g')).toBe(2);
      one.startBeating();
      await until(async () => (await one.log.campaign('h')).kind === 'won', 'a session again');
    });

    it('moves the floor under its guard, and never back', async () => {
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      for (let index = 1; index <= 6; index++) await one.log.append([appendOf('g', term, index, 'x')]);
      expect(await two.log.truncate('g', term, 3)).toBe('termLost');
      expect(await one.log.truncate('g', term, 3)).toBe('truncated');
      expect(await one.log.truncate('g', term, 2)).toBe('truncated');
      expect(await two.log.position('g')).toEqual({ head: 6, floor: 3, incarnation: 'first' });
      expect((await two.log.read('g', 2, 1000)).entries).toEqual([]);
      expect((await two.log.read('g', 4, 1000)).entries.map((entry) => entry.index)).toEqual([4, 5, 6]);
      expect(await one.log.truncate('g', term, 100)).toBe('truncated');
      expect(await one.log.position('g')).toEqual({ head: 6, floor: 6, incarnation: 'first' });
      expect(await one.log.append([appendOf('g', term, 7, 'x')])).toEqual([{ kind: 'appended' }]);
    });

    it('never calls an entry at or below the floor absent (SAFETY 15)', async () => {
      const one = await member('one');
      const two = await member('two');
      const request = appendOf('g', await one.win('g'), 1, 'a');
      await one.log.append([request]);
      await one.log.truncate('g', request.term, 1);
      await one.log.resign('g', request.term);
      await two.win('g');
      expect((await one.log.append([request])).map((outcome) => outcome.kind)).toEqual(['ambiguous']);
    });

    it('answers a barrier with heads at or after the call', async () => {
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      for (let index = 1; index <= 10; index++) {
        await one.log.append([appendOf('g', term, index, 'x')]);
        expect((await two.log.barrier(['g'])).get('g')).toBe(index);
      }
    });

    it('knows the servers, their changes and their going', async () => {
      const one = await member('one');
      const two = await member('two', 'READ_REPLICA');
      await until(() => one.servers.filter((server) => server.alive).length === 2, 'both alive');
      await two.log.announce({ ...two.record, featureLevel: 9 });
      await until(() => one.servers.find((server) => server.name === 'two')?.featureLevel === 9, 'the change');
      await two.close();
      await until(() => one.servers.find((server) => server.name === 'two')?.alive === false, 'the going');
      expect((await one.log.servers()).map((server) => [server.name, server.alive]).sort()).toEqual([
        ['one', true],
        ['two', false],
      ]);
    });

    it('leaves leaderships vacant when it closes, and opens again under the name', async () => {
      const one = await member('one');
      const two = await member('two');
      const term = await one.win('g');
      two.log.follow('g');
      await one.close();
      await until(() => two.leaderships.at(-1)?.holder === undefined, 'vacancy');
      const again = await member('one');
      expect(await again.log.append([appendOf('g', term, 1, 'x')])).toEqual([{ kind: 'termLost', term: 1 }]);
      expect(await again.win('g')).toBe(2);
    });

    it('says that it is full, and takes appends again after a truncation', async () => {
      begin({ sizeBytesMax: 8 * 1024 * 1024 });
      const one = await member('one');
      const term = await one.win('g');
      // Of random bytes, which nothing makes smaller.
      const payload = randomBytes(512 * 1024);
      let index = 1;
      let kind = 'appended';
      for (; index <= 40; index++) {
        kind = (await one.log.append([{ ...appendOf('g', term, index, ''), payload }]))[0]?.kind ?? 'none';
        if (kind !== 'appended') break;
      }
      expect(kind).toBe('full');
      expect(index).toBeGreaterThan(8);
      await one.log.truncate('g', term, index - 1);
      expect(await one.log.append([{ ...appendOf('g', term, index, ''), payload }])).toEqual([{ kind: 'appended' }]);
    });
  });
}
