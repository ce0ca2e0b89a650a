// What clients say in every version: the traffic that the fuzzer begins from. Messages are kept as values, so that
// they can be changed as values too.

import { fixedNode } from '../../src/values/fixed.js';
import { CypherFloat, type CypherMap, type Value } from '../../src/values/value.js';
import type { BoltVersion } from '../../src/wire/handshake.js';
import { type Message, mapOf, tags } from '../../src/wire/messages.js';

export interface Conversation {
  readonly name: string;
  readonly messages: readonly Message[];
}

const message = (tag: number, ...fields: readonly Value[]): Message => ({ tag, fields });
const run = (text: string, parameters: Record<string, Value> = {}, extra: Record<string, Value> = {}): Message =>
  message(tags.RUN, text, mapOf(parameters), mapOf(extra));
const pull = (n = -1, qid = -1): Message => message(tags.PULL, mapOf({ n, qid }));
const discard = (n = -1, qid = -1): Message => message(tags.DISCARD, mapOf({ n, qid }));
const begin = (extra: Record<string, Value> = {}): Message => message(tags.BEGIN, mapOf(extra));
const commit = message(tags.COMMIT);
const rollback = message(tags.ROLLBACK);
const reset = message(tags.RESET);

export const credentials: CypherMap = mapOf({ scheme: 'basic', principal: 'ann', credentials: 'right' });

/** HELLO, and LOGON where the version has it. */
export function greeting(version: BoltVersion): readonly Message[] {
  const agent = mapOf({
    user_agent: 'fuzz/1.0',
    bolt_agent: mapOf({ product: 'fuzz/1.0', platform: 'test' }),
    routing: mapOf({ address: 'localhost:7687', policy: 'x' }),
    patch_bolt: ['utc'],
    notifications_minimum_severity: 'WARNING',
    notifications_disabled_categories: ['HINT'],
    notifications_disabled_classifications: ['HINT'],
  });
  return version.logon ? [message(tags.HELLO, agent), message(tags.LOGON, credentials)] : [message(tags.HELLO, new Map([...agent, ...credentials]))];
}

const everyKind: Record<string, Value> = {
  integers: [0, 1, -16, -17, 127, 128, -128, -129, 32767, 32768, 2147483647, 2147483648, 2 ** 53 - 1, 9223372036854775807n, -9223372036854775808n],
  floats: [new CypherFloat(0.1), new CypherFloat(Number.NaN), new CypherFloat(-0)],
  texts: ['', 'a', 'é𝄞', 'x'.repeat(300)],
  map: mapOf({ nested: mapOf({ list: [[], mapOf({}), null, true] }) }),
};

export const conversations: readonly Conversation[] = [
  { name: 'values', messages: [run('RETURN $integers, $floats, $texts, $map', everyKind), pull()] },
  { name: 'portions', messages: [run('UNWIND range(1, 20) AS x RETURN x, toString(x)'), pull(3), pull(1), discard(5), pull()] },
  { name: 'write', messages: [run('CREATE (n:Fuzz {x: $x}) RETURN n', { x: 1 }, { mode: 'w', db: 'neo4j', tx_timeout: 5000 }), pull()] },
  {
    name: 'transaction',
    messages: [
      begin({ bookmarks: [], mode: 'w', tx_metadata: mapOf({ app: 'fuzz', causeway_consistency: 'bookmark' }) }),
      run('CREATE (n:Fuzz)-[r:R]->(m:Fuzz) RETURN n, r, m'),
      run('UNWIND [1, 2, 3] AS x RETURN x'),
      pull(1, 1),
      pull(-1, 0),
      discard(-1, 1),
      commit,
    ],
  },
  { name: 'rolled back', messages: [begin(), run('MATCH (n:Fuzz) DETACH DELETE n'), pull(), rollback, run('RETURN 1'), pull()] },
  { name: 'failing', messages: [run('RETURN 1 / 0'), pull(), run('ignored'), reset, run('RETURN 1 AS one'), pull()] },
  { name: 'failing late', messages: [begin(), run('UNWIND [1, 0] AS x RETURN 1 / x'), pull(1), pull(), commit, reset, run('RETURN 1'), discard()] },
  {
    name: 'wrong statements',
    messages: [run('RETRUN 1'), reset, run('RETURN $missing'), reset, run('CALL no.such()'), reset, run('MATCH (n) RETURN m'), reset],
  },
  { name: 'bookmarks', messages: [run('RETURN 1', {}, { bookmarks: ['FB:nonsense'] }), reset, run('RETURN 1', {}, { bookmarks: ['FB:kA=='] }), pull()] },
  {
    name: 'routing',
    messages: [message(tags.ROUTE, mapOf({ address: 'x:1' }), [], mapOf({ db: 'neo4j' })), message(tags.ROUTE, mapOf({}), [], mapOf({ db: 'no' })), reset],
  },
  { name: 'telemetry', messages: [message(tags.TELEMETRY, 1), run('RETURN 1'), pull()] },
  { name: 'users', messages: [message(tags.LOGOFF), message(tags.LOGON, credentials), run('SHOW CURRENT USER', {}, { imp_user: 'bob' }), pull()] },
  { name: 'wrong user', messages: [message(tags.LOGOFF), message(tags.LOGON, new Map([...credentials, ['credentials', 'wrong']])), run('RETURN 1')] },
  { name: 'interrupted', messages: [run('UNWIND range(1, 1000000000) AS x RETURN sum(x)'), pull(), reset, reset, run('RETURN 1'), pull()] },
  { name: 'long result', messages: [run('UNWIND range(1, 1000000000) AS x RETURN x'), pull(2000), reset] },
  {
    name: 'structures',
    messages: [run('RETURN $node', { node: fixedNode({ id: 1, elementId: '4:x:1', labels: ['A'], properties: new Map() }) }), pull(), reset],
  },
  { name: 'explain', messages: [run('EXPLAIN MATCH (n:Fuzz) WHERE n.x = 1 RETURN n'), pull()] },
  { name: 'schema', messages: [run('CREATE INDEX fuzz IF NOT EXISTS FOR (n:Fuzz) ON (n.x)'), pull(), run('SHOW INDEXES'), pull()] },
  {
    name: 'a relay in disguise',
    messages: [
      run('RETURN 1', {}, { causeway: mapOf({ user: 'neo4j', request_id: 'ab'.repeat(16), access: 'WRITE', consistency: 'bookmark', term: 1, timeout: 0 }) }),
      pull(),
      begin(),
      message(tags.COMMIT, mapOf({ causeway: mapOf({}) })),
      message(tags.PREPARED, mapOf({})),
    ],
  },
  { name: 'good-bye', messages: [run('RETURN 1'), pull(), message(tags.GOODBYE), run('RETURN 2')] },
];
