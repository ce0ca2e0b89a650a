// Basic authentication, before a body is read. Texts and statuses are Neo4j's.

import type { FastifyRequest } from 'fastify';
import { failure } from '../errors/catalogue.js';
import type { Authenticator, Credentials } from '../security/authenticator.js';
import { HttpFailure } from './errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the authenticated user; empty where nobody needs to be. */
    principal: string;
  }
}

/** Sets `request.principal`, or rejects. */
export async function authenticate(request: FastifyRequest, authenticator: Authenticator): Promise<void> {
  const credentials = credentialsOf(request.headers.authorization);
  request.principal = (await authenticator.authenticate(credentials, request.ip)).name;
}

export function credentialsOf(authorization: string | undefined): Credentials {
  if (authorization === undefined) throw failure('unauthorized', 'No authentication header supplied.');
  const match = /^(\S+) +(\S+)$/.exec(authorization.trim());
  const scheme = match?.[1]?.toLowerCase();
  const token = match?.[2] ?? '';
  if (scheme === 'bearer') return { scheme, principal: '', credentials: token };
  const decoded = scheme === 'basic' && /^[A-Za-z0-9+/]+={0,2}$/.test(token) ? Buffer.from(token, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  if (colon < 0) throw new HttpFailure(400, failure('requestInvalidFormat', 'Invalid authentication header.'));
  return { scheme: 'basic', principal: decoded.slice(0, colon), credentials: decoded.slice(colon + 1) };
}
