// The `system` graph is started by its proved leader alone, once (SAFETY 20): the default graph and the first user, by
// the same commands that everybody uses later.

import { type Random, randomId } from '../base/random.js';
import { readCatalogue, SYSTEM } from '../database/catalogue.js';
import type { Database } from '../database/database.js';
import { ADMINISTRATOR } from '../security/authenticator.js';
import type { Value } from '../values/value.js';

/** Called on the server that leads `system`. */
export async function startSystemGraph(system: Database, defaultName: string, initialPassword: () => Promise<string>, random: Random): Promise<void> {
  const isStarted = () => readCatalogue(system.store.published).graphs.length > 1;
  if (isStarted()) return;
  const password = await initialPassword();
  await system.exclusively(async () => {
    if (isStarted()) return;
    const transaction = await system.begin({
      database: SYSTEM,
      access: 'WRITE',
      bookmarks: [],
      consistency: 'eventual',
      timeoutMs: 0,
      user: ADMINISTRATOR,
      requestId: randomId(random),
      serverSideRouting: false,
    });
    const run = async (text: string, parameters: Readonly<Record<string, Value>>) => {
      const result = await transaction.run({ text, parameters: new Map(Object.entries(parameters)) });
      await result.discard();
    };
    await run('CREATE DATABASE $name', { name: defaultName });
    await run('CREATE USER $name SET PASSWORD $password CHANGE NOT REQUIRED', { name: ADMINISTRATOR, password });
    await transaction.commit(randomId(random), true);
  });
}
