// Users as nodes of the `system` graph: (:User {name, credentials, suspended, passwordChangeRequired}). The statements
// that write and read them; whoever runs them gives the graph.

import { failure } from '../errors/catalogue.js';
import type { Parameters, Row } from '../values/value.js';
import type { StoredUser } from './native-authenticator.js';
import { hashPassword } from './passwords.js';

export interface UserStatement {
  readonly text: string;
  readonly parameters: Parameters;
}

const passwordCharactersMin = 8;

/**
 * Creates a user, or changes nothing when there is one of that name: repeating it is harmless, and so is a race of
 * two servers. Rejects with ArgumentError for a password that is too short.
 */
export async function createUserStatement(user: {
  readonly name: string;
  readonly password: string;
  readonly passwordChangeRequired: boolean;
}): Promise<UserStatement> {
  if (user.password.length < passwordCharactersMin) {
    throw failure('argumentError', `A password must be at least ${passwordCharactersMin} characters.`);
  }
  return {
    text:
      'MERGE (user:User {name: $name}) ON CREATE SET user.credentials = $credentials, user.suspended = false, ' +
      'user.passwordChangeRequired = $passwordChangeRequired',
    parameters: new Map<string, string | boolean>([
      ['name', user.name],
      ['credentials', await hashPassword(user.password)],
      ['passwordChangeRequired', user.passwordChangeRequired],
    ]),
  };
}

/** One row, read by `userOfRow`, or none. */
export function findUserStatement(name: string): UserStatement {
  return {
    text: 'MATCH (user:User {name: $name}) RETURN user.name AS name, user.credentials AS credentials, user.suspended AS suspended',
    parameters: new Map([['name', name]]),
  };
}

/** All rows, read by `userOfRow`. */
export const listUsersStatement: UserStatement = {
  text: 'MATCH (user:User) RETURN user.name AS name, user.credentials AS credentials, user.suspended AS suspended',
  parameters: new Map(),
};

export function userOfRow(row: Row): StoredUser {
  const [name, credentials, suspended] = row;
  if (typeof name !== 'string' || typeof credentials !== 'string') throw new Error('a User of the system graph lacks name or credentials');
  return { name, credentials, suspended: suspended === true };
}
