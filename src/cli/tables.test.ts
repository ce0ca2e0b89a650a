import { describe, expect, it } from 'vitest';
import type { ListedServer } from './data-folder.js';
import type { GraphOnServer } from './http-client.js';
import { serverTable } from './tables.js';

const server = { name: 'core1', kind: 'CORE', pid: 7, bolt: 'h:1', http: 'h:2' } as ListedServer;
const graph = (databaseName: string, role: string, state = 'online') =>
  ({ databaseName, databaseStatus: { role, state, lastTransaction: 5, headIndex: 9, lastAppliedRaftIndex: 8 } }) as unknown as GraphOnServer;

describe('the table of servers', () => {
  it('has few graphs beside the servers', () => {
    expect(serverTable([server], [[graph('system', 'LEADER')]], true)).toBe(
      ['SERVER  KIND  PID  BOLT        HTTP        SYSTEM', 'core1   CORE  7    bolt://h:1  http://h:2  LEADER tx 5 lag 1'].join('\n'),
    );
  });

  it('has many graphs below', () => {
    const graphs = [graph('system', 'LEADER'), graph('a', 'FOLLOWER'), graph('b', 'LEADER'), graph('c', 'FOLLOWER', 'offline')];
    const text = serverTable([server, { ...server, name: 'core2' }], [graphs, undefined], false);
    expect(text.split('\n')).toEqual([
      'SERVER  KIND  BOLT        HTTP        GRAPHS',
      'core1   CORE  bolt://h:1  http://h:2  leads 2 of 4',
      'core2   CORE  bolt://h:1  http://h:2  no answer',
      '',
      'GRAPH   CORE1                CORE2',
      'system  LEADER tx 5 lag 1    no answer',
      'a       FOLLOWER tx 5 lag 1  no answer',
      'b       LEADER tx 5 lag 1    no answer',
      'c       offline tx 5         no answer',
    ]);
  });
});
