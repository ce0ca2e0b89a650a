// docs/configuration.md names every setting with its default, and its examples are valid.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfiguration, settings } from './configuration.js';

const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

describe('docs/configuration.md', () => {
  it('names every setting, and its default', () => {
    const rows = [...text.matchAll(/^\| `([a-z_.]+)` \|(.*?)\|/gm)].map(([, name, value]) => [name, value?.trim().replaceAll('`', '')]);
    const real = [...settings()].map(([name, value]) => [name, value === undefined ? expect.stringMatching(/^(needed.*)?$/) : shown(value)]);
    expect(rows).toEqual(real);
  });

  it.each([...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => [String(parse(String(example)).server.name), example]))(
    'has a valid example: %s',
    (name, example) => {
      expect(checkConfiguration(parse(String(example)), 'the example').server.name).toBe(name);
    },
  );
});

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
