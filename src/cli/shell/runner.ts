// Runs what was read, one after another: statements with their results, and the commands that begin with `:`.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CausewayError } from '../../errors/error.js';
import { withCaret } from '../../errors/print.js';
import type { Row, Value } from '../../values/value.js';
import { Ignored } from '../../wire/client.js';
import { CliError } from '../cli-error.js';
import { commands } from './commands.js';
import { type Format, ResultPrinter } from './result-printer.js';
import type { Screen } from './screen.js';
import { Cancelled, type ShellSession } from './session.js';
import { type Input, StatementReader } from './statements.js';

/** What went wrong, ready to be shown. */
export class ShellFailure extends Error {
  override readonly name = 'ShellFailure';
}

const SOURCE_DEPTH_MAX = 16;

export class Runner {
  readonly session: ShellSession;
  readonly screen: Screen;
  readonly parameters: Map<string, Value>;
  format: Format;
  /** Set by `:exit`. */
  leaving: boolean;
  #sourceDepth: number;
  #beside: Promise<ShellSession> | undefined;
  /** The last question on the connection beside; the next waits for it. */
  #asked: Promise<unknown>;

  constructor(session: ShellSession, screen: Screen, format: Format) {
    this.session = session;
    this.screen = screen;
    this.parameters = new Map();
    this.format = format;
    this.leaving = false;
    this.#sourceDepth = 0;
    this.#beside = undefined;
    this.#asked = Promise.resolve();
  }

  /** Raises ShellFailure. */
  async run(input: Input): Promise<void> {
    try {
      await (input.kind === 'command' ? this.#command(input.text) : this.#statement(input.text));
    } catch (error) {
      throw shown(error, input.text);
    }
  }

  async #statement(text: string): Promise<void> {
    const printer = new ResultPrinter(this.screen, this.format);
    const started = performance.now();
    const { rowCount, summary } = await this.session.run(text, this.parameters, printer);
    await printer.end(rowCount, summary, performance.now() - started);
  }

  async #command(text: string): Promise<void> {
    const [, name = '', rest = ''] = /^:(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
    const command = commands.find((one) => one.names.includes(name.toLowerCase()));
    if (command === undefined) throw new CliError(`There is no command :${name}. See :help.`);
    await command.run(this, rest.trim());
  }

  /** Values of an expression, with the parameters there are; away from the open transaction, which it cannot break. */
  async evaluate(expression: string): Promise<Value> {
    const [row] = await this.ask(`RETURN ${expression}\nAS value`);
    return row?.[0] ?? null;
  }

  /** Rows of a query on a connection of its own. */
  ask(query: string): Promise<readonly Row[]> {
    const answer = this.#asked.then(() => this.#ask(query));
    this.#asked = answer.catch(() => {});
    return answer;
  }

  async #ask(query: string): Promise<readonly Row[]> {
    const session = await this.#besideSession();
    const rows: Row[] = [];
    await session.run(query, this.parameters, { fields: () => {}, rows: (batch) => void rows.push(...batch) });
    return rows;
  }

  async #besideSession(): Promise<ShellSession> {
    this.#beside ??= this.session.beside();
    try {
      const session = await this.#beside;
      if (session.graph !== this.session.graph) await session.use(this.session.graph);
      return session;
    } catch (error) {
      this.#beside = undefined;
      throw error;
    }
  }

  /** Statements of a file; the first that fails ends it. */
  async source(file: string): Promise<void> {
    if (this.#sourceDepth >= SOURCE_DEPTH_MAX) throw new CliError(`Files source one another more than ${SOURCE_DEPTH_MAX} deep: ${file}`);
    this.#sourceDepth++;
    const run = async (input: Input) => {
      try {
        await this.run(input);
      } catch (error) {
        throw error instanceof ShellFailure ? new ShellFailure(`${file}:${input.line}: ${error.message}`) : error;
      }
    };
    try {
      await forEachInput(linesOf(file), async (input) => {
        await run(input);
        return !this.leaving;
      });
    } finally {
      this.#sourceDepth--;
    }
  }

  async close(): Promise<void> {
    this.session.close();
    (await this.#beside?.catch(() => undefined))?.close();
  }
}

/** Until `each` says no. */
export async function forEachInput(lines: AsyncIterable<string> | Iterable<string>, each: (input: Input) => Promise<boolean>): Promise<void> {
  const reader = new StatementReader();
  for await (const line of lines) {
    for (const input of reader.take(line)) if (!(await each(input))) return;
  }
  const last = reader.end();
  if (last !== undefined) await each(last);
}

async function* linesOf(file: string): AsyncIterable<string> {
  const stream = createReadStream(file, 'utf8');
  await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject)).catch((error: Error) => {
    throw new CliError(`${file} cannot be read: ${error.message}`);
  });
  yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
}

/** Anything else is a mistake of ours and goes on as it is. */
function shown(error: unknown, text: string): unknown {
  if (error instanceof Cancelled) return new ShellFailure('Cancelled.');
  if (error instanceof CliError) return new ShellFailure(error.message);
  if (error instanceof Ignored) return new ShellFailure('The server passed over the statement, because an earlier one failed.');
  return error instanceof CausewayError ? new ShellFailure(errorText(error, text)) : error;
}

/** `code: message`, with the user's line and a caret where the place is known, and what helps to go on. */
export function errorText(error: CausewayError, text: string): string {
  const { position, message } = error;
  const placed = position === undefined || message.includes('\n') ? message : withCaret(message, text, position);
  const more = [
    ...(error.leader === undefined ? [] : [`The leader is at ${error.leader}.`]),
    ...(error.outcomeId === undefined ? [] : [`The outcome may be looked up: GET /db/NAME/outcomes/${error.outcomeId}`]),
  ];
  return [`${error.code}: ${placed}`, ...more].join('\n');
}
