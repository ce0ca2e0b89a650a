// The cases of `cases.md`, run through the whole query half over the real store.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CausewayError } from '../../src/errors/error.js';
import { display } from '../../src/values/text.js';
import { QueryRunner } from '../support/query-runner.js';

interface Case {
  readonly name: string;
  readonly query: string;
  readonly rows: string | undefined;
  readonly error: string | undefined;
}

function parts(text: string, mark: RegExp): readonly { readonly title: string; readonly body: string }[] {
  const [, ...found] = text.split(mark);
  return found.map((part) => {
    const end = part.indexOf('\n');
    return { title: part.slice(0, end).trim(), body: part.slice(end + 1) };
  });
}

function block(body: string, kind: string): string | undefined {
  return new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(body)?.[1]?.trimEnd();
}

function cases(body: string): readonly Case[] {
  return parts(body, /^## /m).map(({ title, body: one }) => ({
    name: title,
    query: block(one, 'cypher') ?? '',
    rows: block(one, 'rows'),
    error: block(one, 'error'),
  }));
}

const [, ...groups] = parts(readFileSync(path.join(import.meta.dirname, 'cases.md'), 'utf8'), /^# /m);

function outcome(runner: QueryRunner, query: string): string {
  try {
    const { columns, rows } = runner.run(query);
    return columns.length === 0 ? '' : [columns.join(' | '), ...rows.map((row) => row.map(display).join(' | '))].join('\n');
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return `${error.code}\n${error.message.split('\n')[0]}`;
  }
}

for (const group of groups) {
  describe(group.title, () => {
    const runner = new QueryRunner();
    for (const one of cases(group.body)) {
      it(one.name, () => {
        const got = outcome(runner, one.query);
        if (one.error === undefined) expect(got).toBe(one.rows ?? '');
        else expect(got.startsWith(one.error), `${got}\n— where ${one.error} was expected`).toBe(true);
        expect(runner.store.check()).toEqual([]);
      });
    }
  });
}
