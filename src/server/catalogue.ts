// The catalogue of graphs and users as the `system` graph holds it, read from a published version.
//
//   (:Database {name, id, createdAtMs})      (:User {name, credentials, passwordChangeRequired, suspended})
//
// The `system` graph is started by its proved leader alone, once (SAFETY 20).

import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader, IdCursor } from '../graph/reader.js';
import { hashPassword } from '../security/passwords.js';
import type { Value } from '../values/value.js';

/** The one graph id that is not minted. */
export const SYSTEM_GRAPH_ID = '00000000-0000-4000-8000-000000000001';
export const SYSTEM = 'system';
export const DEFAULT_GRAPH = 'neo4j';

export interface CatalogueEntry {
  readonly name: string;
  readonly id: string;
}

export interface UserEntry {
  readonly name: string;
  readonly credentials: string;
  readonly suspended: boolean;
}

export function graphsIn(reader: GraphReader): readonly CatalogueEntry[] {
  return nodesWith(reader, 'Database').map((node) => ({ name: text(reader, node, 'name'), id: text(reader, node, 'id') }));
}

export function userIn(reader: GraphReader, name: string): UserEntry | undefined {
  const node = nodesWith(reader, 'User').find((user) => property(reader, user, 'name') === name);
  if (node === undefined) return undefined;
  return { name, credentials: text(reader, node, 'credentials'), suspended: property(reader, node, 'suspended') === true };
}

/** Called on the server that leads `system`: makes the first user and the default graph where there is nothing yet. */
export async function startSystemGraph(system: Database, initialPassword: () => Promise<string>): Promise<void> {
  if (graphsIn(system.store.published).length > 0) return;
  const parameters = new Map<string, Value>([
    ['database', DEFAULT_GRAPH],
    ['id', randomUUID()],
    ['now', Math.round(system.clock.wallMs())],
    ['user', 'neo4j'],
    ['credentials', await hashPassword(await initialPassword())],
  ]);

  const text =
    'CREATE (:Database {name: $database, id: $id, createdAtMs: $now}) CREATE (:User {name: $user, credentials: $credentials, passwordChangeRequired: false, suspended: false})';
  await system.exclusively(async () => {
    if (graphsIn(system.store.published).length > 0) return;
    const transaction = await system.begin({
      database: SYSTEM,
      access: 'WRITE',
      bookmarks: [],
      consistency: 'eventual',
      timeoutMs: 0,
      user: 'neo4j',
      requestId: randomUUID().replaceAll('-', ''),
      serverSideRouting: false,
    });
    const result = await transaction.run({ text, parameters });
    await result.discard();
    await transaction.commit(randomUUID().replaceAll('-', ''), true);
  });
}

function nodesWith(reader: GraphReader, label: string): readonly number[] {
  const found: number[] = [];
  const cursor: IdCursor = reader.nodesWithLabel(reader.labelId(label));
  while (cursor.next()) for (let index = cursor.start; index < cursor.end; index++) found.push(cursor.ids[index] as number);
  return found;
}

function property(reader: GraphReader, node: number, key: string): Value {
  return reader.nodeColumn(reader.keyId(key)).value(node);
}

function text(reader: GraphReader, node: number, key: string): string {
  const value = property(reader, node, key);
  if (typeof value !== 'string') throw failure('unknownError', `The system graph is damaged: property '${key}' of a catalogue entry is missing.`);
  return value;
}
