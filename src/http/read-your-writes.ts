// Reading one's own writes for clients that carry no bookmarks: an answer gives its bookmark in a header and in a
// cookie of the graph's path, and the request that sends either back reads at least that much, on whichever server.
//
// A header is the client's own word and refused when it is wrong. A cookie is the browser's: one of a graph that was
// restored or dropped since is passed over.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';
import type { Gateway } from '../targets/gateway.js';

export const BOOKMARK_HEADER = 'causeway-bookmark';
const COOKIE = 'causeway-bookmark';

/** The bookmarks that came in the header and in the cookie. Raises Request.Invalid for too many. */
export function carriedBookmarks(request: FastifyRequest, database: string, gateway: Gateway): readonly string[] {
  const header = request.headers[BOOKMARK_HEADER];
  const stated = header === undefined ? [] : String(header).split(',');
  const bookmarks = stated.map((text) => text.trim()).filter((text) => text !== '');
  if (bookmarks.length > limits.headerBookmarksMax) {
    throw failure('requestInvalid', `The header Causeway-Bookmark may hold ${limits.headerBookmarksMax} bookmarks.`);
  }
  const cookie = cookieOf(request.headers.cookie);
  return cookie !== undefined && gateway.knows(database, cookie) ? [...bookmarks, cookie] : bookmarks;
}

/** Too late for an answer whose rows are on their way already. */
export function giveBookmark(request: FastifyRequest<{ Params: { database: string } }>, reply: FastifyReply, bookmark: string, cookie: boolean): void {
  if (reply.sent) return;
  reply.header(BOOKMARK_HEADER, bookmark);
  // An eventual read may have seen less than the cookie says.
  const lesser = String(request.headers['causeway-consistency']).toLowerCase() === 'eventual';
  if (cookie && !lesser) reply.header('set-cookie', `${COOKIE}=${bookmark}; Path=/db/${encodeURIComponent(request.params.database)}; HttpOnly; SameSite=Lax`);
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, ...value] = part.split('=');
    if (name?.trim() === COOKIE) return value.join('=').trim();
  }
  return undefined;
}
