// The commands that begin with `:`. Each says in one line how it is written and what it does; `:help` is made of that.

import { homedir } from 'node:os';
import path from 'node:path';
import { display } from '../../values/text.js';
import { Node, Path, Relationship, type Value } from '../../values/value.js';
import { CliError } from '../cli-error.js';
import { FORMATS, type Format } from './result-printer.js';
import type { Runner } from './runner.js';

export interface Command {
  /** Without the colon; the first is the one that help and completion show. */
  readonly names: readonly string[];
  readonly usage: string;
  readonly what: string;
  run(runner: Runner, rest: string): Promise<void>;
}

export const commands: readonly Command[] = [
  { names: ['help', '?'], usage: ':help', what: 'this list', run: help },
  { names: ['use'], usage: ':use GRAPH', what: 'run what follows on a graph; without a name, on the home graph', run: use },
  { names: ['begin'], usage: ':begin', what: 'begin a transaction', run: ({ session }, rest) => alone(rest, () => session.begin()) },
  { names: ['commit'], usage: ':commit', what: 'commit it', run: ({ session }, rest) => alone(rest, () => session.commit()) },
  { names: ['rollback'], usage: ':rollback', what: 'roll it back', run: ({ session }, rest) => alone(rest, () => session.rollback()) },
  { names: ['param'], usage: ':param NAME => VALUE', what: 'set a parameter to the value of an expression; or several: :param {a: 1, b: 2}', run: param },
  { names: ['params'], usage: ':params [clear]', what: 'show the parameters, or forget them', run: params },
  { names: ['source'], usage: ':source FILE', what: 'run the statements of a file; the first that fails ends it', run: source },
  { names: ['format'], usage: ':format table|csv|json', what: 'how rows are shown', run: format },
  { names: ['exit', 'quit'], usage: ':exit', what: 'leave (also Ctrl-D)', run: (runner, rest) => alone(rest, () => leave(runner)) },
];

const KEYS = `
A statement ends with ; and may go over many lines. Tab completes keywords, labels, types, properties and graphs.
Ctrl-C ends the statement that runs, or clears the line. Up and down walk through the history; with the
beginning of a statement typed, through the statements that begin so.`;

async function help({ screen }: Runner): Promise<void> {
  const width = Math.max(...commands.map(({ usage }) => usage.length)) + 2;
  await screen.write(`${commands.map(({ usage, what }) => `  ${usage.padEnd(width)}${what}`).join('\n')}\n${KEYS}\n`);
}

async function alone(rest: string, act: () => Promise<void>): Promise<void> {
  if (rest !== '') throw new CliError(`Nothing is expected behind the command, but there is '${rest}'.`);
  await act();
}

async function use({ session }: Runner, rest: string): Promise<void> {
  await session.use(rest === '' ? undefined : unquoted(rest));
}

function unquoted(name: string): string {
  return /^`.+`$/s.test(name) ? name.slice(1, -1).replaceAll('``', '`') : name;
}

async function param(runner: Runner, rest: string): Promise<void> {
  if (rest === '') return params(runner, '');
  if (rest === 'clear') return params(runner, rest);
  const [, name, value] = /^(`(?:[^`]|``)+`|[^\s=`{]+)\s*=>\s*([\s\S]+)$/.exec(rest) ?? [];
  if (name !== undefined && value !== undefined) return setParameter(runner, unquoted(name), await runner.evaluate(value));
  if (!rest.startsWith('{')) throw new CliError('Write :param NAME => VALUE, such as :param code => "AT", or :param {code: "AT", least: 3}');
  const map = await runner.evaluate(rest);
  if (!(map instanceof Map)) throw new CliError('That is not a map. Write :param {code: "AT", least: 3}');
  for (const [key, item] of map as ReadonlyMap<string, Value>) setParameter(runner, key, item);
}

export function setParameter({ parameters }: Runner, name: string, value: Value): void {
  if (holdsEntity(value)) throw new CliError(`The value of ${name} holds a node, a relationship or a path, which no parameter may.`);
  parameters.set(name, value);
}

function holdsEntity(value: Value): boolean {
  if (value instanceof Node || value instanceof Relationship || value instanceof Path) return true;
  if (Array.isArray(value)) return (value as readonly Value[]).some(holdsEntity);
  return value instanceof Map && [...(value as ReadonlyMap<string, Value>).values()].some(holdsEntity);
}

async function params({ screen, parameters }: Runner, rest: string): Promise<void> {
  if (rest === 'clear') return parameters.clear();
  if (rest !== '') throw new CliError('Write :params, or :params clear');
  await screen.write(
    parameters.size === 0 ? 'There are no parameters.\n' : `${[...parameters].map(([name, value]) => `:param ${name} => ${display(value)}`).join('\n')}\n`,
  );
}

async function source(runner: Runner, rest: string): Promise<void> {
  if (rest === '') throw new CliError('Write :source FILE');
  await runner.source(rest === '~' || rest.startsWith('~/') ? path.join(homedir(), rest.slice(1)) : rest);
}

async function format(runner: Runner, rest: string): Promise<void> {
  const asked = FORMATS.find((one) => one === rest.toLowerCase());
  if (asked === undefined) throw new CliError(`Write :format ${FORMATS.join('|')}; it is ${runner.format}.`);
  runner.format = asked satisfies Format;
}

async function leave(runner: Runner): Promise<void> {
  runner.leaving = true;
}
