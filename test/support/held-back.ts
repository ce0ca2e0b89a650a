// A server whose copy of a graph stands still while the log goes on, as that of a slow server does.

import type { ClusterMember } from './in-process-cluster.js';

/** Nothing new is applied until the returned function is called. */
export function holdBack(member: ClusterMember, graph = 'neo4j'): () => void {
  const database = member.server.graphs.byName(graph);
  if (database === undefined) throw new Error(`no graph ${graph}`);
  if (member.kind === 'READ_REPLICA') {
    const fed: Parameters<typeof database.fed>[] = [];
    const own = database.fed;
    database.fed = (...entry) => {
      fed.push(entry);
      return Promise.resolve();
    };
    return () => {
      database.fed = own;
      for (const entry of fed) void database.fed(...entry);
    };
  }
  // A follower reads again by itself what it could not apply.
  const { ingest } = database.replica;
  database.replica.ingest = () => Promise.reject(new Error('held back by the test'));
  return () => {
    database.replica.ingest = ingest;
  };
}
