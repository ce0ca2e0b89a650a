// What a cluster of real processes does with writes: the same write on the leader and through another server, over HTTP and
// over Bolt; and how many commits a second there are with 1, 8 and 30 graphs, whose leaders are spread over the COREs.

import neo4j from 'neo4j-driver';
import { PASSWORD, run, sleep, startClusterProcess } from './cluster-process.mjs';

if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench:cluster -- [--rounds N] [--seconds S] [--writers W] [--bolt-port FIRST] [--http-port FIRST]

  --rounds N    how often the two servers take turns, 200 writes each (default 5)
  --seconds S   how long each number of graphs is written to (default 5)
  --writers W   writers at the same time (default 32)

Example:
  npm run bench:cluster -- --rounds 3 --seconds 2`);
  process.exit(0);
}
const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const [rounds, seconds, writers] = [argument('rounds', 5), argument('seconds', 5), argument('writers', 32)];
const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];

const cluster = await startClusterProcess('--bolt-port', String(argument('bolt-port', 37687)), '--http-port', String(argument('http-port', 37474)));
const servers = cluster.servers();

/** Bolt addresses of the leaders, by graph. */
async function leaders() {
  const rows = await run(servers[0], 'SHOW DATABASES YIELD name, address, writer WHERE writer RETURN name, address');
  return new Map(rows);
}

async function timed(count, write) {
  const figures = [];
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now();
    await write();
    figures.push(performance.now() - startedAt);
  }
  return figures;
}

try {
  await sleep(3000);
  const address = (await leaders()).get('neo4j');
  const onLeader = servers.find((server) => server.bolt === address);
  const another = servers.find((server) => server.kind === 'CORE' && server.bolt !== address);
  const drivers = new Map([onLeader, another].map((server) => [server, neo4j.driver(`bolt://${server.bolt}`, neo4j.auth.basic('neo4j', PASSWORD))]));
  const sessions = new Map([...drivers].map(([server, driver]) => [server, driver.session()]));
  const doors = {
    HTTP: (server) => run(server, 'CREATE (:W {a: 1})'),
    Bolt: (server) => sessions.get(server).run('CREATE (:W {a: 1})'),
  };
  console.log('one write, p50 over the medians of the rounds (ms)\n  door   on the leader   through a follower   ratio');
  for (const [door, write] of Object.entries(doors)) {
    const found = { here: [], there: [] };
    for (const server of [onLeader, another]) await timed(50, () => write(server));
    for (let round = 0; round < rounds; round++) {
      found.here.push(median(await timed(200, () => write(onLeader))));
      found.there.push(median(await timed(200, () => write(another))));
    }
    const [here, there] = [median(found.here), median(found.there)];
    console.log(`  ${door.padEnd(6)} ${here.toFixed(2).padStart(13)} ${there.toFixed(2).padStart(20)} ${(there / here).toFixed(2).padStart(7)}`);
  }
  for (const session of sessions.values()) await session.close();
  for (const driver of drivers.values()) await driver.close();

  console.log(`\ncommits a second, ${writers} writers over Bolt, each graph written at its leader`);
  for (const count of [1, 8, 30]) {
    const names = Array.from({ length: count }, (_, index) => `bench${index}`);
    for (const name of names) await run(servers[0], `CREATE DATABASE ${name} IF NOT EXISTS WAIT`);
    await sleep(3000);
    const led = await leaders();
    const byAddress = new Map([...new Set(led.values())].map((to) => [to, neo4j.driver(`bolt://${to}`, neo4j.auth.basic('neo4j', PASSWORD))]));
    let commits = 0;
    const until = performance.now() + seconds * 1000;
    const writing = Array.from({ length: writers }, async (_, index) => {
      const name = names[index % count];
      const session = byAddress.get(led.get(name)).session({ database: name });
      while (performance.now() < until) {
        await session.run('CREATE (:W {a: 1})');
        commits++;
      }
      await session.close();
    });
    await Promise.all(writing);
    console.log(`  ${String(count).padStart(2)} graphs, ${byAddress.size} leaders: ${Math.round(commits / seconds)}`);
    for (const driver of byAddress.values()) await driver.close();
  }
} finally {
  await cluster.stop();
}
