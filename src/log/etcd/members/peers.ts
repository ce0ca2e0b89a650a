// Asking at the peer addresses of members who they are, before this server has a member or a way to etcd's clients'
// side; and answering there until the own member does. With certificates both ends prove themselves.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Address } from '../../../base/network.js';
import type { EtcdTls } from '../rpc/channels.js';
import type { PeerAnswer, PeerMember } from './entrance.js';
import { listenAddress } from './member-settings.js';

const answerWithinMs = 1000;
const formingStatus = 503;
const answerBytesMax = 1024 ** 2;

/** Certificates are read at each start, so that renewed ones are used. */
function certificates(tls: EtcdTls | undefined): object {
  if (tls === undefined) return {};
  return { ca: readFileSync(tls.caFile), cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
}

export async function askPeer(peerUrl: string, cluster: string, tls: EtcdTls | undefined): Promise<PeerAnswer> {
  try {
    const { status, text } = await get(`${peerUrl}/members`, tls);
    if (status === formingStatus) {
      const { forming } = JSON.parse(text) as { forming?: string };
      return forming === cluster ? { kind: 'forming' } : { kind: 'silent' };
    }
    if (status !== 200) return { kind: 'silent' };
    return { kind: 'members', members: parseMembers(text) };
  } catch {
    // Refused, late, or not what it should be: nobody who could tell.
    return { kind: 'silent' };
  }
}

/** Ids are of 64 bits, more than a number of JSON keeps here. */
function parseMembers(text: string): readonly PeerMember[] {
  const raw = JSON.parse(text.replace(/"id":\s*(\d+)/g, '"id":"$1"')) as Partial<PeerMember>[];
  return raw.map(({ id = '', name = '', peerURLs = [], clientURLs = [], isLearner = false }) => ({ id, name, peerURLs, clientURLs, isLearner }));
}

function get(url: string, tls: EtcdTls | undefined): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const module = tls === undefined ? http : https;
    const request = module.get(url, { ...certificates(tls), agent: false, signal: AbortSignal.timeout(answerWithinMs) }, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > answerBytesMax) request.destroy(new Error('too long an answer'));
        parts.push(part);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Says at the member's peer address that its server waits for the first start of this cluster. */
export class FormingListener {
  readonly #server: http.Server;

  private constructor(server: http.Server) {
    this.#server = server;
  }

  static async open(address: Address, cluster: string, tls: EtcdTls | undefined): Promise<FormingListener> {
    const answer: http.RequestListener = (_request, response) => {
      response.writeHead(formingStatus, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify({ forming: cluster }));
    };
    const server =
      tls === undefined ? http.createServer(answer) : https.createServer({ ...certificates(tls), requestCert: true, rejectUnauthorized: true }, answer);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const { host, port } = listenAddress(address);
      server.listen(port, host, () => resolve());
    });
    return new FormingListener(server);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
