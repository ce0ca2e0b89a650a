// docs/configuration.md names every setting with its default, and its examples are valid.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfiguration, settings } from './configuration.js';

const docs = path.resolve(import.meta.dirname, '../../docs');
const text = readFileSync(path.join(docs, 'configuration.md'), 'utf8');
const examples = [...`${text}\n${readFileSync(path.join(docs, 'etcd.md'), 'utf8')}`.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => String(example));

describe('docs/configuration.md', () => {
  it('names every setting, and its default', () => {
    const rows = [...text.matchAll(/^\| `([a-z_.]+)` \|(.*?)\|/gm)].map(([, name, value]) => [name, value?.trim().replaceAll('`', '')]);
    const real = [...settings()].map(([name, value]) => [name, value === undefined ? expect.stringMatching(/^(needed.*)?$/) : shown(value)]);
    expect(rows).toEqual(real);
  });

  it.each(examples)('and docs/etcd.md have valid examples: %.40j', (example) => {
    expect(checkConfiguration(parse(example), 'the example').server.name).toMatch(/^(core|replica)1$/);
  });
});

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
