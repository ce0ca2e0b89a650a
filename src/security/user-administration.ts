// The commands that administer users, as procedures on the `system` graph: each reads it and writes to the transaction's
// draft of it, like any other write (so routing, outcomes and replication are the same). Texts are Neo4j's.

import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import type { GraphWriter } from '../graph/writer.js';
import type { Procedure, ProcedureContext } from '../runtime/execution.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { ADMINISTRATOR } from './authenticator.js';
import type { Passwords } from './passwords.js';
import { findUser, type Permissions, readUsers, type UserNode } from './users.js';

const PASSWORD_CHARACTERS_MIN = 8;

interface UserCommand {
  readonly context: ProcedureContext;
  readonly writer: GraphWriter;
  readonly given: CypherMap;
  readonly passwords: Passwords;
}

/** Each command takes one map; `name` in it is the user's. `system`: what this server has published of it. */
export function userProcedures(system: () => GraphReader, permissions: Permissions, passwords: Passwords): readonly Procedure[] {
  const administrative = (name: string, act: (command: UserCommand) => Promise<void> | void) =>
    command(name, passwords, async (one) => {
      permissions.mayAdministerUsers(one.context.user);
      await act(one);
    });
  return [
    administrative('createUser', createUser),
    administrative('alterUser', alterUser),
    administrative('renameUser', renameUser),
    administrative('dropUser', dropUser),
    command('alterCurrentUser', passwords, alterCurrentUser),
    {
      ...showing('#show.users', ['user', 'roles', 'passwordChangeRequired', 'suspended', 'home']),
      call: ({ user }) => {
        permissions.mayAdministerUsers(user);
        return readUsers(system()).map(shown);
      },
    },
    {
      ...showing('#show.currentUser', ['user', 'roles', 'passwordChangeRequired', 'suspended', 'home']),
      call: ({ user }) => {
        const known = findUser(system(), user);
        return known === undefined ? [] : [shown(known)];
      },
    },
  ];
}

function command(name: string, passwords: Passwords, act: (command: UserCommand) => Promise<void> | void): Procedure {
  return {
    name: `#administer.${name}`,
    signature: `#administer.${name}(command :: MAP)`,
    description: '',
    arguments: [{ name: 'command', optional: false }],
    columns: [],
    mode: 'DBMS',
    call: async (context, [given]) => {
      if (context.writer === undefined || !(given instanceof Map)) throw new Error('a command needs a writer and a map');
      await act({ context, writer: context.writer, given: given as CypherMap, passwords });
      context.writer.counters.systemUpdates += 1;
      return [];
    },
  };
}

function showing(name: string, columns: readonly string[]): Omit<Procedure, 'call'> {
  return { name, signature: `${name}()`, description: '', arguments: [], columns, mode: 'READ' };
}

function shown(user: UserNode): Row {
  return [user.name, null, user.passwordChangeRequired, user.suspended, user.home ?? null];
}

async function createUser({ writer, given, passwords }: UserCommand): Promise<void> {
  const name = textOf(given, 'name');
  const [ifNotExists, orReplace] = [given.get('ifNotExists') === true, given.get('orReplace') === true];
  refuseWrongName(name);
  if (ifNotExists && orReplace)
    throw failure('syntaxError', `Failed to create the specified user '${name}': cannot have both \`OR REPLACE\` and \`IF NOT EXISTS\`.`);
  const there = findUser(writer, name);
  if (there !== undefined && ifNotExists) return;
  if (there !== undefined && !orReplace) throw failure('userExists', `Failed to create the specified user '${name}': User already exists.`);
  if (there !== undefined && name === ADMINISTRATOR)
    throw failure('argumentError', `Failed to replace the specified user '${name}': it administers the others.`);
  const credentials = await credentialsOf(given, passwords);
  if (credentials === undefined) throw failure('argumentError', `Failed to create the specified user '${name}': a password is needed. Add SET PASSWORD.`);
  if (there !== undefined) writer.deleteNode(there.node, true);
  const home = given.get('home') ?? null;
  writer.createNode(
    ['User'],
    new Map<string, Value>([
      ['name', name],
      ['credentials', credentials],
      ['passwordChangeRequired', given.get('changeRequired') ?? true],
      ['suspended', given.get('suspended') ?? false],
      ['home', home],
    ]),
  );
}

async function alterUser({ writer, given, context, passwords }: UserCommand): Promise<void> {
  const user = existingUser(writer, given, 'alter');
  if (user === undefined) return;
  if (user.name === context.user && given.get('suspended') === true) {
    throw failure('argumentError', `Failed to alter the specified user '${user.name}': Changing your own activation status is not allowed.`);
  }
  const credentials = await credentialsOf(given, passwords, user);
  if (credentials !== undefined) writer.setNodeProperty(user.node, 'credentials', credentials);
  const changeRequired = given.get('changeRequired') ?? (credentials === undefined ? undefined : true);
  if (changeRequired !== undefined && changeRequired !== null) writer.setNodeProperty(user.node, 'passwordChangeRequired', changeRequired);
  const suspended = given.get('suspended') ?? null;
  if (suspended !== null) writer.setNodeProperty(user.node, 'suspended', suspended);
  if (given.get('removeHome') === true) writer.setNodeProperty(user.node, 'home', null);
  const home = given.get('home') ?? null;
  if (home !== null) writer.setNodeProperty(user.node, 'home', home);
}

function renameUser({ writer, given }: UserCommand): void {
  const user = existingUser(writer, given, 'rename');
  if (user === undefined) return;
  const to = textOf(given, 'to');
  refuseWrongName(to);
  if (user.name === ADMINISTRATOR) throw failure('argumentError', `Failed to rename the specified user '${user.name}': it administers the others.`);
  if (findUser(writer, to) !== undefined) {
    throw failure('userExists', `Failed to rename the specified user '${user.name}' to '${to}': User '${to}' already exists.`);
  }
  writer.setNodeProperty(user.node, 'name', to);
}

function dropUser({ writer, given, context }: UserCommand): void {
  const user = existingUser(writer, given, 'delete');
  if (user === undefined) return;
  if (user.name === context.user) throw failure('argumentError', `Failed to delete the specified user '${user.name}': Deleting yourself is not allowed.`);
  writer.deleteNode(user.node, true);
}

async function alterCurrentUser({ writer, given, context, passwords }: UserCommand): Promise<void> {
  const user = findUser(writer, context.user);
  if (user === undefined) throw failure('argumentError', 'User failed to alter their own password: no user is logged in.');
  const [from, to] = [textOf(given, 'from'), textOf(given, 'to')];
  const problem = (text: string) => failure('argumentError', `User '${user.name}' failed to alter their own password: ${text}`);
  if (!(await passwords.verify(from, user.credentials))) throw problem('Invalid principal or credentials.');
  if (from === to) throw problem('Old password and new password cannot be the same.');
  writer.setNodeProperty(user.node, 'credentials', await passwords.hash(checkedPassword(to)));
  writer.setNodeProperty(user.node, 'passwordChangeRequired', false);
}

/** Undefined: there is none, and IF EXISTS was said. */
function existingUser(reader: GraphReader, given: CypherMap, verb: string): UserNode | undefined {
  const name = textOf(given, 'name');
  const user = findUser(reader, name);
  if (user !== undefined || given.get('ifExists') === true) return user;
  throw failure('userNotFound', `Failed to ${verb} the specified user '${name}': User does not exist.`);
}

async function credentialsOf(given: CypherMap, passwords: Passwords, user?: UserNode): Promise<string | undefined> {
  const password = given.get('password') ?? null;
  if (password === null) return undefined;
  if (typeof password !== 'string') throw failure('typeError', 'A password must be a STRING.');
  if (user !== undefined && (await passwords.verify(password, user.credentials))) {
    throw failure('argumentError', `Failed to alter the specified user '${user.name}': Old password and new password cannot be the same.`);
  }
  return passwords.hash(checkedPassword(password));
}

function checkedPassword(password: string): string {
  if (password.length >= PASSWORD_CHARACTERS_MIN) return password;
  throw failure('argumentError', `A password must be at least ${PASSWORD_CHARACTERS_MIN} characters.`);
}

function refuseWrongName(name: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(name) && !/[,:]/.test(name)) return;
  throw failure('argumentError', `Username '${name}' contains illegal characters. Use ascii characters that are not ',', ':' or whitespaces.`);
}

function textOf(given: CypherMap, key: string): string {
  const value = given.get(key);
  if (typeof value === 'string') return value;
  throw failure('typeError', `Expected parameter ${key} to have type STRING but was ${value === undefined || value === null ? 'NULL' : 'another type'}.`);
}
