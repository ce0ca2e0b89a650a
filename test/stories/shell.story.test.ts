// `causeway shell` as a user meets it: given statements, in a pipe, from a file, and at a real terminal (a pseudo-terminal of util-linux'
// `script`; where that is missing, those tests say so).

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { legacy, PASSWORD, StoryCluster, sleep } from '../support/story-cluster.js';

const COMMAND = path.resolve(import.meta.dirname, '../../causeway');
const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0;
if (!hasTerminal) console.log('SKIPPED: the shell at a terminal, because there is no `script` of util-linux here');

let cluster: StoryCluster;
let home: string;
beforeAll(async () => {
  cluster = await StoryCluster.start('--no-sample');
  home = mkdtempSync(path.join(os.tmpdir(), 'causeway-home-'));
  const made = await legacy(
    cluster.server('core1'),
    'UNWIND ["Ada", "Bo, the second", "Çelik \\"C\\""] AS name CREATE (:Person {name: name, age: size(name) * 1.5})',
  );
  expect(made.errors).toEqual([]);
}, 90_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
});

const environment = () => {
  const { CAUSEWAY_PASSWORD, NO_COLOR, ...rest } = process.env;
  return { ...rest, HOME: home, TERM: 'xterm' };
};

function shell(args: readonly string[], input?: string) {
  const all = [COMMAND, 'shell', '--data', cluster.folder, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { input: input ?? '', encoding: 'utf8', timeout: 30_000, env: environment() });
  return { status, stdout, stderr };
}

describe('causeway shell without a terminal', () => {
  it('prints rows as a table, as CSV and as JSON', () => {
    const statement = 'MATCH (p:Person) RETURN p.name AS name, p.age AS age, size(p.name) AS size ORDER BY name';
    expect(shell(['-c', statement]).stdout).toContain("│ 'Bo, the second' │ 21.0 │   14 │");
    expect(shell(['-c', statement, '--format', 'csv']).stdout).toBe('name,age,size\r\nAda,4.5,3\r\n"Bo, the second",21.0,14\r\n"Çelik ""C""",13.5,9\r\n');
    expect(shell(['-c', statement, '--format', 'json']).stdout.split('\n')[1]).toBe('{"name":"Bo, the second","age":21.0,"size":14}');
  });

  it('takes parameters, and statements from a pipe and from a file', () => {
    const text = 'RETURN $name AS name, $n + 1 AS n;\nRETURN 2\n  AS two;\n';
    const piped = shell(['--format', 'json', '--param', 'name=Ada', '--param', 'n=41'], text);
    expect(piped).toMatchObject({ status: 0, stdout: '{"name":"Ada","n":42}\n{"two":2}\n' });
    const file = path.join(home, 'three.cypher');
    writeFileSync(file, ':param {name: "Bo", n: 1}\n// a comment; with a semicolon\nRETURN $name AS name;\n');
    expect(shell(['--format', 'json', '--file', file])).toMatchObject({ status: 0, stdout: '{"name":"Bo"}\n' });
  });

  it('ends at the first failure, with exit code 1 and the place of the error', () => {
    const failed = shell(['--format', 'json'], 'RETURN 1 AS one;\nRETURN nobody;\nCREATE (:Never);\n');
    expect(failed.status).toBe(1);
    expect(failed.stdout).toBe('{"one":1}\n');
    expect(failed.stderr).toContain('Neo.ClientError.Statement.SyntaxError');
    expect(failed.stderr).toContain('"RETURN nobody"');
    expect(shell(['--format', 'json', '-c', 'MATCH (n:Never) RETURN count(n) AS n']).stdout).toBe('{"n":0}\n');
  });

  it('says who cannot be reached, and who may not come in', () => {
    expect(shell(['--address', '127.0.0.1:1', '--password', 'x', '-c', 'RETURN 1'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('127.0.0.1:1'),
    });
    const wrong = shell(['--password', 'wrong', '-c', 'RETURN 1']);
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('Neo.ClientError.Security.Unauthorized') });
  });
});

describe.runIf(hasTerminal)('causeway shell at a terminal', () => {
  const open: Terminal[] = [];
  afterEach(() => {
    for (const terminal of open.splice(0)) terminal.kill();
  });
  const terminal = async (...args: string[]) => {
    const one = new Terminal(args);
    open.push(one);
    await one.until('neo4j@neo4j> ');
    return one;
  };

  it('runs statements over several lines, and completes keywords, labels and properties', async () => {
    const shell = await terminal();
    await shell.keys('MATCH (p:Per\t)\r');
    await shell.until('… ');
    await shell.keys('  WHERE p.na\t STARTS WITH "Ad" RET\tp.name AS found;\r');
    expect(await shell.until('1 row')).toContain("│ 'Ada' │");
    shell.type(':exit\r');
    expect(await shell.ended()).toBe(0);
    expect(readFileSync(path.join(home, '.causeway', 'history'), 'utf8')).toContain('MATCH (p:Person)');
  });

  it('has transactions, which the prompt shows, and goes on after an error', async () => {
    const shell = await terminal();
    shell.type(':begin\r');
    await shell.until('neo4j@neo4j# ');
    shell.type('CREATE (:Tried {by: "terminal"});\r');
    await shell.until('neo4j@neo4j# ');
    shell.type('RETURN nobody;\r');
    await shell.until('neo4j@neo4j! ');
    shell.type(':rollback\r');
    await shell.until('neo4j@neo4j> ');
    shell.type(':begin\r:param who => "kept"\rCREATE (:Tried {by: $who});\r:commit\rMATCH (t:Tried) RETURN collect(t.by) AS all;\r');
    expect(await shell.until('1 row')).toContain("['kept']");
  });

  it('changes the graph, and ends what runs at Ctrl-C', async () => {
    const shell = await terminal();
    shell.type(':use system\r');
    await shell.until('neo4j@system> ');
    shell.type(':use nowhere\r');
    await shell.until('Neo.ClientError.Database.DatabaseNotFound');
    shell.type(':use neo4j\r');
    await shell.until('neo4j@neo4j> ');
    shell.type('UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a + b < 0 RETURN count(*);\r');
    await sleep(700);
    shell.type('\x03');
    await shell.until('neo4j@neo4j> ');
    shell.type('RETURN "alive" AS it;\r');
    expect(await shell.until('1 row')).toContain("'alive'");
  });
});

/** The shell on a pseudo-terminal. What `until` has seen it does not see again. */
class Terminal {
  readonly #process: ChildProcess;
  #shown = '';

  constructor(args: readonly string[]) {
    const command = [process.execPath, COMMAND, 'shell', '--data', cluster.folder, '--password', PASSWORD, ...args].map((part) => `'${part}'`).join(' ');
    this.#process = spawn('script', ['-qec', `stty cols 120 rows 40; ${command}`, '/dev/null'], { env: environment() });
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.#shown += plain(bytes.toString());
    });
  }

  type(text: string): void {
    this.#process.stdin?.write(text);
  }

  /** One by one, as hands do: what comes at once is pasted, and Tab in it completes nothing. */
  async keys(text: string): Promise<void> {
    for (const key of text) {
      this.type(key);
      await sleep(key === '\t' ? 300 : 10);
    }
  }

  async until(text: string): Promise<string> {
    for (let tries = 0; tries < 400; tries++) {
      const at = this.#shown.indexOf(text);
      if (at >= 0) {
        const seen = this.#shown.slice(0, at + text.length);
        this.#shown = this.#shown.slice(at + text.length);
        return seen;
      }
      await sleep(50);
    }
    throw new Error(`'${text}' was not shown, but: ${this.#shown}`);
  }

  ended(): Promise<number | null> {
    if (this.#process.exitCode !== null) return Promise.resolve(this.#process.exitCode);
    return new Promise((resolve) => this.#process.once('exit', resolve));
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** Without the sequences that move the cursor and colour the text. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
}
