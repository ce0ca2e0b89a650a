// How long the event loop stalled: measured all the time, exported as metrics. A long stall is a bug. And how busy it is.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

const RESOLUTION_MS = 5;

export function watchEventLoop(registry: Registry): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let longestSeconds = 0;
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
  const metrics = [
    new Gauge({
      name: 'causeway_event_loop_longest_stall_seconds',
      help: 'The longest stall of the event loop since the server started.',
      registers: [registry],
      collect() {
        longestSeconds = Math.max(longestSeconds, seconds(histogram.max));
        this.set(longestSeconds);
      },
    }),
    new Gauge({
      name: 'causeway_event_loop_stall_p99_seconds',
      help: 'The 99th percentile of stalls of the event loop since the server started.',
      registers: [registry],
      collect() {
        this.set(seconds(histogram.percentile(99)));
      },
    }),
  ];
  void metrics;
  return () => histogram.disable();
}

const BUSY_WINDOW_MS = 100;
const BUSY_SHARE = 0.75;

/** Tells whether the event loop had next to no time to spare lately. Cheap to ask. */
export function busyWatch(): () => boolean {
  let from = performance.eventLoopUtilization();
  let fromMs = performance.now();
  let busy = false;
  return () => {
    const nowMs = performance.now();
    if (nowMs - fromMs < BUSY_WINDOW_MS) return busy;
    busy = performance.eventLoopUtilization(from).utilization > BUSY_SHARE;
    from = performance.eventLoopUtilization();
    fromMs = nowMs;
    return busy;
  };
}
