// A server process reduced to its log (`log-child.mjs`), seen from the test that starts, orders, stops and kills it.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CampaignOutcome } from '../../../src/log/log.js';
import { until } from './engines.js';

interface ChildMessage {
  readonly ready?: boolean;
  readonly number?: number;
  readonly answer?: unknown;
  readonly failed?: string;
  readonly acknowledged?: number;
}

export class Child {
  readonly process: ChildProcess;
  readonly acknowledged: number[] = [];
  #ready = false;
  #orders = 0;
  readonly #waiting = new Map<number, (message: ChildMessage) => void>();

  constructor(engine: 'embedded' | 'etcd', options: object) {
    const script = fileURLToPath(new URL('./log-child.mjs', import.meta.url));
    this.process = fork(script, [JSON.stringify({ engine, options })], { execArgv: [], stdio: 'inherit' });
    this.process.on('message', (message: ChildMessage) => {
      if (message.ready === true) this.#ready = true;
      if (message.acknowledged !== undefined) this.acknowledged.push(message.acknowledged);
      if (message.number !== undefined) this.#waiting.get(message.number)?.(message);
    });
  }

  async started(): Promise<this> {
    await until(() => this.#ready, 'the child is ready', 15_000);
    return this;
  }

  order<T>(order: string, ...operands: unknown[]): Promise<T> {
    const number = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, (message) => (message.failed === undefined ? resolve(message.answer as T) : reject(new Error(message.failed))));
      this.process.send({ number, order, operands });
    });
  }

  async win(graph: string): Promise<number> {
    const outcome = await this.order<CampaignOutcome>('campaign', graph);
    if (outcome.kind !== 'won') throw new Error(JSON.stringify(outcome));
    return outcome.term;
  }

  kill(): void {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
  }
}
