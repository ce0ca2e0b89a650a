// The `causeway` command: its subcommands, their options and examples. What they do is in the files beside.

import { Command, Option } from 'commander';
import { ConfigurationError } from '../server/configuration.js';
import { runServer } from '../server/main.js';
import { VERSION } from '../server/version.js';
import { CliError } from './cli-error.js';
import { addServer, removeServer } from './cluster-members.js';
import { recoverCluster } from './cluster-recover.js';
import { restartCluster } from './cluster-restart.js';
import { startCluster } from './cluster-start.js';
import { showStatus } from './cluster-status.js';
import { stopCluster } from './cluster-stop.js';
import { FORMATS } from './shell/result-printer.js';
import { runShell } from './shell/shell.js';

const program = new Command('causeway')
  .description('A clustered graph database: Cypher over Bolt and HTTP, and every server takes every query.')
  .version(VERSION)
  .showHelpAfterError('(run with --help for the options and examples)');

const cluster = program.command('cluster').description('A cluster on this machine: several server processes over one log.');

function whole(name: string, least: number, most = 65_535) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new CliError(`--${name} must be a whole number from ${least} to ${most}, not '${text}'`);
    return value;
  };
}

function repeated(one: string, all: readonly string[]): readonly string[] {
  return [...all, one];
}

cluster
  .command('start')
  .description('Starts the servers, loads the sample graph at the first start, and serves until Ctrl-C.')
  .option('--cores <n>', 'servers that may lead (at first 3, then as before)', whole('cores', 1, 100))
  .option('--replicas <n>', 'read replicas (at first 1, then as before)', whole('replicas', 0, 100))
  .addOption(new Option('--log <engine>', 'where the log lives (at first embedded, then where it is)').choices(['embedded', 'etcd']))
  .addOption(new Option('--profile <timing>', "heartbeat and election of etcd's members: 100/1000 ms, or fast: 50/500 ms").choices(['default', 'fast']))
  .option('--data <dir>', 'data folder, kept between starts', './data')
  .option('--bolt-port <port>', 'first Bolt port, counting up (at first 7687)', whole('bolt-port', 1))
  .option('--http-port <port>', 'first HTTP port, counting up (at first 7474)', whole('http-port', 1))
  .option('--password <password>', 'password of user neo4j at the first start (else CAUSEWAY_PASSWORD, else made up)')
  .option('--no-sample', 'no sample graph')
  .option('--no-restart', 'a server that dies stays down')
  .addHelpText(
    'after',
    '\nExamples:\n  causeway cluster start\n  causeway cluster start --cores 5 --replicas 2 --data /var/lib/causeway\n  npm start -- --bolt-port 17687 --http-port 17474 --no-sample\n  npm start -- --log etcd --data ./on-etcd',
  )
  .action(startCluster);

cluster
  .command('status')
  .description('The servers with kind, pid and addresses, and for each graph role, last transaction and lag.')
  .option('--data <dir>', 'data folder of the cluster', './data')
  .addHelpText('after', '\nExample:\n  causeway cluster status --data ./data')
  .action(showStatus);

cluster
  .command('stop')
  .description('Stops the cluster in order: leaderships are handed over, logs closed.')
  .option('--data <dir>', 'data folder of the cluster', './data')
  .addHelpText('after', '\nExample:\n  causeway cluster stop --data ./data')
  .action(stopCluster);

cluster
  .command('restart')
  .description('Restarts one server after another, each once the one before has caught up: the cluster serves all the while.')
  .option('--data <dir>', 'data folder of the cluster', './data')
  .addHelpText('after', '\nExamples:\n  causeway cluster restart\n  git pull && npm ci && causeway cluster restart   # a new build, without a pause')
  .action(restartCluster);

cluster
  .command('add')
  .description('Adds a server to the running cluster. With the log on etcd, a CORE joins as a learner and becomes a voter where one more is wanted.')
  .argument('[name]', 'its name (default: the next of core1, core2, … or replica1, replica2, …)')
  .addOption(new Option('--kind <kind>', 'what it is').choices(['CORE', 'READ_REPLICA']).default('CORE'))
  .option('--data <dir>', 'data folder of the cluster', './data')
  .addHelpText('after', '\nExamples:\n  causeway cluster add\n  causeway cluster add --kind READ_REPLICA\n  causeway cluster add core4 --data ./on-etcd')
  .action(addServer);

cluster
  .command('remove')
  .description('Takes a server out of the running cluster: its graphs go to others, its vote is given up, it is stopped, its folder deleted.')
  .argument('<name>', 'its name')
  .option('--force', 'also where the rest could not go on; what would come of it is said', false)
  .option('--data <dir>', 'data folder of the cluster', './data')
  .addHelpText('after', '\nExamples:\n  causeway cluster remove core3\n  causeway cluster remove replica1 --data ./on-etcd')
  .action(removeServer);

cluster
  .command('recover')
  .description('After the loss of a majority of etcd voters: says what a survivor has, and with --yes goes on from it. Its server must be stopped.')
  .requiredOption('--config <file>', "the survivor's configuration (YAML)")
  .option('--yes', 'go on from it: what it does not have is lost', false)
  .addHelpText(
    'after',
    '\nExamples:\n  causeway cluster recover --config /etc/causeway/core1.yaml\n  causeway cluster recover --config data/servers/core1/config.yaml --yes',
  )
  .action(recoverCluster);

program
  .command('server')
  .description('Runs one server, for real clusters.')
  .requiredOption('--config <file>', 'its configuration (YAML)')
  .addHelpText('after', '\nExample:\n  causeway server --config /etc/causeway/core1.yaml')
  .action(({ config }: { config: string }) => runServer(config));

program
  .command('shell')
  .description('Runs Cypher over Bolt: what -c, --file or a pipe gives it, or at a terminal what you type.')
  .option('-c, --command <statements>', 'statements, separated by ;  (may be repeated)', repeated, [])
  .option('--file <file>', 'a file of statements')
  .option('--address <address>', 'bolt://host:port, neo4j://host:port or host:port (default: a living server of --data)')
  .option('--data <dir>', 'data folder of a local cluster, for address and password', './data')
  .option('--database <name>', 'graph to run on (default: the home graph)')
  .option('--user <name>', 'user', 'neo4j')
  .option('--password <password>', 'password (default: CAUSEWAY_PASSWORD, or the file in --data; asked for at a terminal)')
  .addOption(new Option('--format <format>', 'how rows are printed').choices(FORMATS).default('table'))
  .option('--param <name=value>', 'a parameter, its value as JSON or else as text  (may be repeated)', repeated, [])
  .addHelpText(
    'after',
    `
Examples:
  causeway shell
  causeway shell -c 'MATCH (c:Country) RETURN c.name LIMIT 5'
  causeway shell -c 'MATCH (c:Country {code: $code})-[:BORDERS]-(n) RETURN n.name' --param code=AT --format csv
  causeway shell --file import.cypher --database orders
  echo 'MATCH (n) RETURN count(n);' | causeway shell --format json`,
  )
  .action(runShell);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CliError || error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof ConfigurationError ? 78 : 1;
}
