// Who is this? The interface that the front doors ask. Users live in the `system` graph.

export interface AuthenticatedUser {
  readonly name: string;
}

export interface Credentials {
  readonly scheme: string;
  readonly principal: string;
  readonly credentials: string;
}

export interface Authenticator {
  /**
   * Rejects with Security.Unauthorized, or Security.AuthenticationRateLimit after repeated failures of the
   * same user from the same address.
   */
  authenticate(credentials: Credentials, clientAddress: string): Promise<AuthenticatedUser>;
  /** `user` acts as `other`: for administrators, as users that exist and are not suspended. Rejects with Security.Forbidden. */
  impersonate(user: string, other: string): Promise<AuthenticatedUser>;
}

/** The user that may administer users, and act as them. */
export const ADMINISTRATOR = 'neo4j';
