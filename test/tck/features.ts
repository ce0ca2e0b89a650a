// The scenarios of the openCypher TCK, read from its feature files with the outlines expanded.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';

/** Where the TCK is looked for; it is no part of the project. */
export const TCK_FOLDER = process.env.CAUSEWAY_TCK ?? path.resolve(import.meta.dirname, '../../../shared/tck');

export interface Step {
  readonly text: string;
  /** The text between the triple quotes. */
  readonly query: string | undefined;
  readonly table: readonly (readonly string[])[] | undefined;
}

export interface Scenario {
  /** Path of the feature file, from the folder of features. */
  readonly file: string;
  /** With the number of the example, where it is one of an outline. */
  readonly name: string;
  readonly steps: readonly Step[];
}

export function readScenarios(folder = path.join(TCK_FOLDER, 'features')): readonly Scenario[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.feature'));
  return files.sort().flatMap((file) => scenariosOf(file, readFileSync(path.join(folder, file), 'utf8')));
}

export function scenariosOf(file: string, text: string): readonly Scenario[] {
  let ids = 0;
  const newId = () => String(ids++);
  const document = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher()).parse(text);
  const seen = new Map<string, number>();
  const total = new Map<string, number>();
  const pickles = compile(document, file, newId);
  for (const { name } of pickles) total.set(name, (total.get(name) ?? 0) + 1);
  return pickles.map(({ name, steps }) => {
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return {
      file,
      name: total.get(name) === 1 ? name : `${name} (example ${number})`,
      steps: steps.map(({ text, argument }) => ({
        text,
        query: argument?.docString?.content,
        table: argument?.dataTable?.rows.map(({ cells }) => cells.map(({ value }) => value)),
      })),
    };
  });
}

/** The statement that makes a graph the TCK knows by name. */
export function namedGraph(name: string): string {
  return readFileSync(path.join(TCK_FOLDER, 'graphs', name, `${name}.cypher`), 'utf8');
}
