// The direction of imports, enforced: the real tree is clean, and planted violations are caught.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const made: string[] = [];

/** Runs dependency-cruiser on a tree of these files, under the project's own rules. */
function cruise(files: Readonly<Record<string, string>>): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-imports-'));
  made.push(folder);
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) copyFileSync(path.join(root, file), path.join(folder, file));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return run(folder);
}

function run(folder: string): { readonly status: number | null; readonly output: string } {
  const cruiser = path.join(root, 'node_modules', '.bin', 'depcruise');
  const { status, stdout, stderr } = spawnSync(cruiser, ['--config', '.dependency-cruiser.cjs', 'src'], { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('imports', () => {
  it('of the project only go down', () => {
    expect(run(root).output).toContain('no dependency violations');
  }, 60_000);

  it('going up are caught', () => {
    const { status, output } = cruise({ 'src/base/a.ts': "import { b } from '../cli/b.js';\nexport const a = b;\n", 'src/cli/b.ts': 'export const b = 1;\n' });
    expect(output).toContain('base-imports-only-downward');
    expect(status).not.toBe(0);
  });

  it('of types alone count', () => {
    const { output } = cruise({
      'src/graph/a.ts': "import type { B } from '../database/b.js';\nexport type A = B;\n",
      'src/database/b.ts': 'export interface B {}\n',
    });
    expect(output).toContain('graph-imports-only-downward');
  });

  it('within a row are caught', () => {
    const { output } = cruise({ 'src/http/a.ts': "import { b } from '../bolt/b.js';\nexport const a = b;\n", 'src/bolt/b.ts': 'export const b = 1;\n' });
    expect(output).toContain('http-imports-only-downward');
  });

  it('of storage by the query half are caught, though they go down', () => {
    const { output } = cruise({
      'src/runtime/a.ts': "import { b } from '../storage/b.js';\nexport const a = b;\n",
      'src/storage/b.ts': 'export const b = 1;\n',
    });
    expect(output).toContain('query-half-and-storage-meet-at-graph');
  });
});
