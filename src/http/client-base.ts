// The address under which the client reached us, or the one that a proxy in front says it used: links in answers lead
// back the way the client came.

import type { FastifyRequest } from 'fastify';
import { formatAddress } from '../base/network.js';

export function clientBase(request: FastifyRequest): URL {
  const host = forwarded(request, 'x-forwarded-host') ?? request.headers.host ?? '';
  const protocol = forwarded(request, 'x-forwarded-proto') === 'https' ? 'https' : 'http';
  const own = formatAddress({ host: request.socket.localAddress ?? '127.0.0.1', port: request.socket.localPort ?? 0 });
  const text = `${protocol}://${/^[\w.:[\]-]+$/.test(host) ? host : own}`;
  return URL.canParse(text) ? new URL(text) : new URL(`${protocol}://${own}`);
}

function forwarded(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text?.split(',')[0]?.trim();
}
