// The benchmark runs, tiny, so that it cannot rot. Nothing is timed here.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('the benchmark of Bolt runs', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const sizes = ['--rounds', '1', '--requests', '20', '--connections', '3', '--seconds', '0.1'];
  const { stdout, status } = spawnSync(process.execPath, ['bench/bolt.mjs', ...sizes], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(status).toBe(0);
  for (const name of ['latency p50', 'throughput, 3 connections']) expect(stdout).toContain(name);
}, 90_000);

it('the benchmark runs and its answers agree with the limit', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bench/run.mjs', '--in-process', '--nodes', '300', '--rounds', '1'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const name of ['point', 'hop1', 'hop2', 'hop3', 'aggregate']) expect(stdout).toContain(name);
}, 90_000);

it('the benchmark of the Pokec queries runs, and its answers agree with the limit', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bench/main.mjs', 'queries', '--tiny'], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const name of ['expansion_4_with_filter', 'all_shortest_paths', 'min_max_avg']) expect(stdout).toContain(name);
}, 90_000);

it('the measurement of stalls runs', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bench/stalls.mjs', '--scale', '0.001'], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('percentileCont');
}, 90_000);

it('the measurement of the log runs', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const sizes = ['--rounds', '1', '--appends', '10', '--seconds', '0.1', '--writers', '4'];
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bench/log.mjs', ...sizes], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  if (!stdout.startsWith('skipped')) expect(stdout).toContain('4 writers of one node each');
}, 90_000);
