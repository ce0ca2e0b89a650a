// Procedures whose rows are a table: what the openCypher TCK declares. `mine(name :: STRING?, id :: INTEGER?) :: (city :: STRING?)` with
// the rows [name, id, city] gives, for its arguments, what is beside them. For tests: a server
// has none unless `testing.table_procedures` is set.

import { failure } from '../errors/catalogue.js';
import type { Procedure, ProcedureRegistry } from '../runtime/execution.js';
import { equals } from '../values/compare.js';
import type { Row, Value } from '../values/value.js';

interface Field {
  readonly name: string;
  readonly type: string;
}

export class TableProcedures implements ProcedureRegistry {
  readonly #procedures = new Map<string, Procedure>();

  find(name: string): Procedure | undefined {
    return this.#procedures.get(name.toLowerCase());
  }

  list(): readonly Procedure[] {
    return [...this.#procedures.values()];
  }

  clear(): void {
    this.#procedures.clear();
  }

  /** `columns`: names of arguments and results, in the order of each row's values. */
  register(signature: string, columns: readonly string[], rows: readonly Row[]): void {
    const { name, inputs, outputs } = parseSignature(signature);
    const place = (field: Field) => columns.indexOf(field.name);
    this.#procedures.set(name.toLowerCase(), {
      name,
      signature,
      description: '',
      arguments: inputs.map((input) => ({ name: input.name, optional: false, type: input.type })),
      columns: outputs.map((output) => output.name),
      mode: 'READ',
      call: (_context, given) =>
        rows
          .filter((row) => inputs.every((input, at) => isSame(row[place(input)] as Value, given[at] as Value)))
          .map((row) => outputs.map((output) => row[place(output)] as Value)),
    });
  }
}

/** What a test calls on each server of its cluster. */
export function tableCommands(tables: TableProcedures): readonly Procedure[] {
  const name = 'causeway.testing.addProcedure';
  return [
    {
      name,
      signature: `${name}(signature :: STRING, columns :: LIST<STRING>, rows :: LIST<LIST<ANY>>) :: ()`,
      description: 'Adds a procedure whose rows are a table to this server.',
      arguments: ['signature', 'columns', 'rows'].map((argument) => ({ name: argument, optional: false })),
      columns: [],
      mode: 'READ',
      call: (_context, [signature, columns, rows]) => {
        if (typeof signature !== 'string' || !Array.isArray(columns) || !Array.isArray(rows))
          throw failure('argumentError', `${name} takes a STRING and two LISTs`);
        tables.register(signature, columns.map(String), rows as readonly Row[]);
        return [];
      },
    },
    {
      name: 'causeway.testing.removeProcedures',
      signature: 'causeway.testing.removeProcedures() :: ()',
      description: 'Removes what was added.',
      arguments: [],
      columns: [],
      mode: 'READ',
      call: () => {
        tables.clear();
        return [];
      },
    },
  ];
}

function isSame(one: Value, other: Value): boolean {
  return one === null || other === null ? one === other : equals(one, other) === true;
}

function parseSignature(text: string): { readonly name: string; readonly inputs: readonly Field[]; readonly outputs: readonly Field[] } {
  const [, name, inputs, outputs] = /^\s*([\w.]+)\s*\((.*?)\)\s*::\s*\((.*?)\)\s*$/.exec(text) ?? [];
  if (name === undefined) throw failure('argumentError', `'${text}' is no signature of a procedure, as in my.proc(a :: INTEGER?) :: (b :: STRING?)`);
  return { name, inputs: fields(inputs as string), outputs: fields(outputs as string) };
}

function fields(text: string): readonly Field[] {
  if (text.trim() === '') return [];
  return text.split(',').map((field) => {
    const [name, type] = field.split('::').map((one) => one.trim());
    return { name: name as string, type: type as string };
  });
}
