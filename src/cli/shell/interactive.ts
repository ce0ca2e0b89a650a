// The shell at a terminal: a prompt that says user, graph and transaction, lines edited by readline, Tab, history, Ctrl-C.
//
//   neo4j@neo4j>   no transaction        neo4j@neo4j#   one is open        neo4j@neo4j!   one that failed

import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Row } from '../../values/value.js';
import { complete, type KnownNames } from './completion.js';
import type { History } from './history.js';
import { type Runner, ShellFailure } from './runner.js';
import { type Input, oneLine, StatementReader } from './statements.js';

/** Names that Tab offers are asked for again after so long. */
const NAMES_KEPT_MS = 5000;

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

export class Interactive {
  readonly #runner: Runner;
  readonly #history: History;
  readonly #reader: StatementReader;
  readonly #readline: Interface;
  #queue: Promise<void>;
  #names: { readonly names: KnownNames; readonly askedMs: number; readonly graph: string } | undefined;
  #ended: () => void;

  constructor(runner: Runner, history: History, { input, output }: Terminal) {
    this.#runner = runner;
    this.#history = history;
    this.#reader = new StatementReader();
    this.#queue = Promise.resolve();
    this.#names = undefined;
    this.#ended = () => {};
    this.#readline = createInterface({
      input,
      output,
      terminal: true,
      history: [...history.entries],
      historySize: 1000,
      tabSize: 2,
      completer: (line: string, answer: (error: null, result: [string[], string]) => void) => {
        void this.#complete(line).then((result) => answer(null, result));
      },
    });
    // Lines are kept as the statements that they become, not by themselves.
    this.#readline.on('history', (lines: string[]) => void lines.splice(0, lines.length, ...this.#history.entries));
  }

  /** Until `:exit` or Ctrl-D. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    const readline = this.#readline;
    readline.on('line', (line) => this.#line(line));
    readline.on('SIGINT', () => this.#interrupted());
    readline.on('close', () => this.#ended());
    this.#prompt();
    await ended;
    await this.#queue;
    readline.close();
  }

  /** A question whose answer is not shown; for passwords. */
  secret(question: string): Promise<string> {
    return new Promise((resolve) => {
      const readline = this.#readline as Interface & { _writeToOutput?: (text: string) => void };
      const write = readline._writeToOutput?.bind(readline);
      readline.question(question, (answer) => {
        if (write !== undefined) readline._writeToOutput = write;
        this.#runner.screen.write('\n').then(() => resolve(answer));
      });
      readline._writeToOutput = () => {};
    });
  }

  #line(line: string): void {
    const inputs = this.#reader.take(line);
    if (inputs.length === 0) this.#prompt();
    else
      this.#queue = this.#queue.then(async () => {
        for (const input of inputs) if (!this.#runner.leaving) await this.#runOne(input);
        if (this.#runner.leaving) this.#ended();
        else this.#prompt();
      });
  }

  async #runOne(input: Input): Promise<void> {
    this.#history.add(input.kind === 'command' ? input.text : `${oneLine(input.text)};`);
    try {
      await this.#runner.run(input);
    } catch (error) {
      if (!(error instanceof ShellFailure)) throw error;
      await this.#runner.screen.complain(`${this.#runner.screen.styled('red', error.message)}\n`);
    }
  }

  #prompt(): void {
    this.#readline.setPrompt(this.#promptText());
    this.#readline.prompt();
  }

  #promptText(): string {
    const { user, graph, transaction } = this.#runner.session;
    const head = `${user}@${graph}`;
    if (this.#reader.pending !== '') return `${' '.repeat(Math.max(0, head.length - 1))}… `;
    return `${head}${transaction === 'open' ? '#' : transaction === 'failed' ? '!' : '>'} `;
  }

  /** Ends what runs; else forgets what was typed. */
  #interrupted(): void {
    if (this.#runner.session.cancel()) return;
    this.#reader.clear();
    this.#runner.screen.write('^C\n').then(() => {
      // What stands on the line is thrown away.
      this.#readline.write(null, { ctrl: true, name: 'e' });
      this.#readline.write(null, { ctrl: true, name: 'u' });
      this.#prompt();
    });
  }

  async #complete(line: string): Promise<[string[], string]> {
    const text = this.#reader.pending === '' ? line : `${this.#reader.pending}\n${line}`;
    const { word, candidates } = complete(text, await this.#knownNames());
    return [[...candidates], word];
  }

  async #knownNames(): Promise<KnownNames> {
    const { session, parameters } = this.#runner;
    const now = performance.now();
    if (this.#names === undefined || this.#names.graph !== session.graph || now - this.#names.askedMs > NAMES_KEPT_MS) {
      this.#names = { names: await this.#askNames(), askedMs: now, graph: session.graph };
    }
    return { ...this.#names.names, parameters: [...parameters.keys()] };
  }

  /** What cannot be had is not offered. */
  async #askNames(): Promise<KnownNames> {
    const texts = async (query: string) => {
      const rows = await this.#runner.ask(query).catch((): readonly Row[] => []);
      return [...new Set(rows.map(([first]) => String(first)))];
    };
    const labels = await texts('CALL db.labels()');
    const types = await texts('CALL db.relationshipTypes()');
    const properties = await texts('CALL db.propertyKeys()');
    const graphs = await texts('SHOW DATABASES YIELD name');
    return { labels, types, properties, graphs, parameters: [] };
  }
}
