// `npm test`: builds, checks types, style and the direction of imports, runs every test, and closes with one line of counts.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const bin = (name) => path.join('node_modules', '.bin', name);
const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-test-'));
const report = path.join(folder, 'report.json');

const checks = [
  ['build', bin('tsc'), ['-p', 'tsconfig.build.json']],
  ['types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  ['style', bin('biome'), ['check', '--error-on-warnings']],
  ['imports', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src']],
];

let passed = 0;
let failed = 0;
let skipped = 0;

for (const [name, command, args] of checks) {
  console.log(`\n> ${name}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) passed++;
  else failed++;
}

console.log('\n> tests');
const run = spawnSync(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], { stdio: 'inherit' });
try {
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  passed += counts.numPassedTests;
  failed += counts.numFailedTests;
  skipped += counts.numPendingTests + counts.numTodoTests;
  if (!counts.success && counts.numFailedTests === 0) failed++;
} catch {
  failed++;
}
if (run.status !== 0 && failed === 0) failed++;
rmSync(folder, { recursive: true, force: true });

console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
