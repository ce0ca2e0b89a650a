// Users as nodes of the `system` graph, read from what this server has published of it:
//
//   (:User {name, credentials, passwordChangeRequired, suspended, home})

import { nodesWithLabel, property, text } from '../database/catalogue.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import { ADMINISTRATOR } from './authenticator.js';

export interface StoredUser {
  readonly name: string;
  /** As `Passwords` makes it. */
  readonly credentials: string;
  readonly suspended: boolean;
  readonly passwordChangeRequired: boolean;
  /** Name of a graph or alias; undefined: the default one. */
  readonly home: string | undefined;
}

export interface UserNode extends StoredUser {
  readonly node: number;
}

export function findUser(system: GraphReader, name: string): UserNode | undefined {
  return readUsers(system).find((user) => user.name === name);
}

const usersOf = new WeakMap<GraphReader, ReadonlyMap<string, UserNode>>();

/** The same in a published version, which never changes: read once, because every statement asks. Not for drafts. */
export function findPublishedUser(version: GraphReader, name: string): UserNode | undefined {
  let users = usersOf.get(version);
  if (users === undefined) {
    users = new Map(readUsers(version).map((user) => [user.name, user]));
    usersOf.set(version, users);
  }
  return users.get(name);
}

/** By name. */
export function readUsers(system: GraphReader): readonly UserNode[] {
  const users = nodesWithLabel(system, 'User').map((node) => {
    const home = property(system, node, 'home');
    return {
      node,
      name: text(system, node, 'name'),
      credentials: text(system, node, 'credentials'),
      suspended: property(system, node, 'suspended') === true,
      passwordChangeRequired: property(system, node, 'passwordChangeRequired') === true,
      home: typeof home === 'string' ? home : undefined,
    };
  });
  return users.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a client may do who is logged in. Raises Security errors. */
export interface Permissions {
  /** Anything at all: the user may have been dropped or suspended since. Raises Unauthorized. */
  mayStay(user: string): void;
  /** Any statement but a change of the user's own password. Raises Unauthorized, or CredentialsExpired. */
  mayRun(user: string): void;
  mayAdministerUsers(user: string): void;
}

/** `system`: what this server has published of it, asked anew each time. `enabled` false: everybody may everything. */
export function permissionsOf(system: () => GraphReader, enabled: boolean): Permissions {
  const stays = (user: string): UserNode | undefined => {
    if (!enabled) return undefined;
    const found = findPublishedUser(system(), user);
    if (found !== undefined && !found.suspended) return found;
    throw failure('unauthorized', `User '${user}' was ${found === undefined ? 'dropped' : 'suspended'} after this connection was opened.`);
  };
  return {
    mayStay: (user) => void stays(user),
    mayRun(user) {
      if (stays(user)?.passwordChangeRequired === true) {
        throw failure(
          'credentialsExpired',
          'The credentials you provided were valid, but must be changed before you can use this instance. ' +
            'Change them with ALTER CURRENT USER SET PASSWORD FROM $old TO $new.',
        );
      }
    },
    mayAdministerUsers(user) {
      if (enabled && user !== ADMINISTRATOR) throw failure('forbidden', `Permission denied: only '${ADMINISTRATOR}' may administer users.`);
    },
  };
}
