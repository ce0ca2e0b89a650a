// SHOW commands as queries: CALL of the procedure that gives the rows, then what YIELD, WHERE and RETURN ask.

import type { CallProcedure, Clause, Expression, Projection, ProjectionItem, Query, ShowCommand, ShowTarget } from '../language/ast.js';
import type { ProcedureSignatures } from './canonical.js';

const PROCEDURES: Readonly<Record<ShowTarget, string>> = {
  databases: '#show.databases',
  database: '#show.databases',
  defaultDatabase: '#show.databases',
  homeDatabase: '#show.databases',
  servers: '#show.servers',
  indexes: '#show.indexes',
  constraints: '#show.constraints',
  currentUser: '#show.currentUser',
  users: '#show.users',
  aliases: '#show.aliases',
};

/** Shown without YIELD; with YIELD every column of the procedure is there. */
const DEFAULT_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  '#show.databases': [
    'name',
    'type',
    'aliases',
    'access',
    'address',
    'role',
    'writer',
    'requestedStatus',
    'currentStatus',
    'statusMessage',
    'default',
    'home',
    'constituents',
  ],
  '#show.servers': ['name', 'address', 'state', 'health', 'hosting'],
  '#show.indexes': [
    'id',
    'name',
    'state',
    'populationPercent',
    'type',
    'entityType',
    'labelsOrTypes',
    'properties',
    'indexProvider',
    'owningConstraint',
    'lastRead',
    'readCount',
  ],
  '#show.constraints': ['id', 'name', 'type', 'entityType', 'labelsOrTypes', 'properties', 'ownedIndex', 'propertyType'],
  '#show.currentUser': ['user', 'roles', 'passwordChangeRequired', 'suspended', 'home'],
  '#show.users': ['user', 'roles', 'passwordChangeRequired', 'suspended', 'home'],
  '#show.aliases': ['name', 'composite', 'database', 'location', 'url', 'user'],
};

export function showAsQuery(command: ShowCommand, procedures: ProcedureSignatures): Query {
  const { at } = command;
  const procedure = PROCEDURES[command.target];
  const all = procedures.columnsOf(procedure)?.columns ?? [];
  const name = (column: string): Expression => ({ kind: 'Variable', name: column, at });
  const item = (column: string): ProjectionItem => ({ expression: name(column), name: column, aliased: true, at });
  const call: CallProcedure = {
    kind: 'CallProcedure',
    implicit: false,
    name: procedure,
    arguments: [],
    yield: all.map(item),
    yieldStar: false,
    where: chosen(command, name),
    at,
  };
  const shown: Projection = {
    distinct: false,
    star: false,
    items: (DEFAULT_COLUMNS[procedure] ?? all).map(item),
    orderBy: [],
    skip: undefined,
    limit: undefined,
    where: undefined,
    at,
  };
  const clauses: Clause[] = [call];
  if (command.yield === undefined) {
    if (command.where !== undefined) clauses.push({ kind: 'With', projection: { ...shown, items: all.map(item), where: command.where }, at });
    clauses.push({ kind: 'Return', projection: shown, at });
  } else {
    const yielded: Projection = command.yield.star ? { ...command.yield, star: false, items: all.map(item) } : command.yield;
    clauses.push({ kind: 'With', projection: yielded, at });
    const everything: Projection = { ...shown, items: yielded.items.map((one) => ({ ...item(one.name), at: one.at })) };
    clauses.push({ kind: 'Return', projection: command.return ?? everything, at });
  }
  return { kind: 'Query', use: undefined, parts: [{ kind: 'SingleQuery', clauses, at }], unionAll: false, at };
}

/** SHOW DATABASE name, SHOW DEFAULT DATABASE: which rows. */
function chosen(command: ShowCommand, name: (column: string) => Expression): Expression | undefined {
  const { at } = command;
  const text = (value: string): Expression => ({ kind: 'Literal', value, float: false, at });
  const conditions = command.only.map(({ column, values }): Expression => {
    const list: Expression = { kind: 'List', items: values.map(text), at };
    return { kind: 'Binary', operator: 'IN', left: name(column), right: list, at };
  });
  const [first] = conditions;
  if (first !== undefined) return conditions.slice(1).reduce((left, right): Expression => ({ kind: 'Binary', operator: 'AND', left, right, at }), first);
  if (command.target === 'defaultDatabase') return name('default');
  if (command.target === 'homeDatabase') return name('home');
  if ((command.target !== 'database' && command.target !== 'aliases') || command.name === undefined) return undefined;
  return { kind: 'Binary', operator: '=', left: name('name'), right: text(command.name.toLowerCase()), at };
}
