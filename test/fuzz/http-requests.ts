// Recorded HTTP conversations, to be spoiled: each a list of requests in order. `{id}` stands for the transaction that
// the answer before opened.

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  /** JSON; undefined: none. */
  readonly body: unknown;
}

export interface HttpConversation {
  readonly name: string;
  readonly requests: readonly HttpRequest[];
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): HttpRequest {
  return { method: 'POST', path, headers: Object.entries(headers), body };
}

const get = (path: string): HttpRequest => ({ method: 'GET', path, headers: [], body: undefined });
const remove = (path: string): HttpRequest => ({ method: 'DELETE', path, headers: [], body: undefined });

const legacy = (...statements: object[]) => ({ statements });
const typed = 'application/vnd.neo4j.query';

export const httpConversations: readonly HttpConversation[] = [
  {
    name: 'Query API',
    requests: [
      post('/db/neo4j/query/v2', {
        statement: 'MATCH (n:Fuzz {x: $x}) RETURN n, n.x AS x, [1, 2.5, "three", null] AS list LIMIT 3',
        parameters: { x: 1, y: { z: [1, 2.5, 'a', null, true] } },
        includeCounters: true,
        accessMode: 'READ',
        maxExecutionTime: 5,
        bookmarks: [],
      }),
    ],
  },
  {
    name: 'typed JSON',
    requests: [
      post(
        '/db/neo4j/query/v2',
        {
          statement: 'RETURN $a AS a, $b AS b, $c AS c',
          parameters: {
            a: { $type: 'Integer', _value: '9223372036854775807' },
            b: {
              $type: 'List',
              _value: [
                { $type: 'Float', _value: 'NaN' },
                { $type: 'Null', _value: null },
              ],
            },
            c: { $type: 'Map', _value: { k: { $type: 'Boolean', _value: true } } },
          },
        },
        { accept: typed, 'content-type': typed },
      ),
    ],
  },
  {
    name: 'a write with every header',
    requests: [
      post(
        '/db/neo4j/query/v2',
        { statement: 'CREATE (n:Fuzz {x: 1})-[r:TO]->(m:Fuzz {x: 2}) RETURN n, r, m' },
        {
          'causeway-consistency': 'bookmark',
          'causeway-routing': 'on',
          'causeway-bookmark': '',
          'idempotency-key': 'key-1',
          cookie: 'causeway-bookmark=FB:kbNCzBATj5MR; other=1',
          'x-forwarded-host': 'graph.example',
          'x-forwarded-proto': 'https',
          origin: 'http://a.example',
        },
      ),
    ],
  },
  {
    name: 'legacy, several statements',
    requests: [
      post(
        '/db/neo4j/tx/commit',
        legacy(
          { statement: 'UNWIND range(1, 5) AS n RETURN n, {n: n} AS map', parameters: {}, includeStats: true },
          { statement: 'MATCH p = (:Fuzz)-[:TO]->() RETURN p LIMIT 2', resultDataContents: ['row', 'graph'] },
        ),
        { 'access-mode': 'READ', bookmarks: '[]', 'max-execution-time': '5000', 'accept-encoding': 'gzip' },
      ),
    ],
  },
  {
    name: 'Jolt',
    requests: [
      post('/db/neo4j/tx/commit', legacy({ statement: 'MATCH (n:Fuzz) RETURN n, 1, 2.5, [true, null] LIMIT 2', includeStats: true }), {
        accept: 'application/vnd.neo4j.jolt-v2+json-seq;strict=true',
      }),
      post('/db/neo4j/tx/commit', legacy({ statement: 'EXPLAIN MATCH (n) RETURN n' }), { accept: 'application/vnd.neo4j.jolt' }),
    ],
  },
  {
    name: 'an open transaction, legacy',
    requests: [
      post('/db/neo4j/tx', legacy({ statement: 'CREATE (n:Fuzz {x: $x}) RETURN n', parameters: { x: 3 } })),
      post('/db/neo4j/tx/{id}', legacy({ statement: 'MATCH (n:Fuzz) RETURN count(n)' })),
      post('/db/neo4j/tx/{id}/commit', legacy()),
      post('/db/neo4j/tx/{id}/commit', legacy()),
    ],
  },
  {
    name: 'an open transaction, rolled back',
    requests: [post('/db/neo4j/tx', undefined), post('/db/neo4j/tx/{id}', undefined), remove('/db/neo4j/tx/{id}'), remove('/db/neo4j/tx/{id}')],
  },
  {
    name: 'an open transaction, Query API',
    requests: [
      post('/db/neo4j/query/v2/tx', { statement: 'RETURN 1', accessMode: 'WRITE', impersonatedUser: 'neo4j' }),
      post('/db/neo4j/query/v2/tx/{id}', { statement: 'CREATE (n:Fuzz) RETURN n', includeCounters: true }),
      post('/db/neo4j/query/v2/tx/{id}/commit', { statement: 'RETURN 2' }),
    ],
  },
  {
    name: 'an open transaction left behind',
    requests: [post('/db/neo4j/query/v2/tx', { statement: 'CREATE (:Fuzz)' }), post('/db/neo4j/query/v2/tx/{id}', { statement: 'RETURN 1 / 0' })],
  },
  {
    name: 'looking around',
    requests: [
      get('/'),
      get('/db/neo4j/cluster/status'),
      get('/db/neo4j/cluster/writable'),
      get('/dbms/cluster/status'),
      get('/db/neo4j/outcomes/0123456789abcdef0123456789abcdef'),
    ],
  },
  {
    name: 'administration',
    requests: [post('/db/system/query/v2', { statement: 'SHOW DATABASES YIELD name WHERE name = $n RETURN name', parameters: { n: 'neo4j' } })],
  },
];
