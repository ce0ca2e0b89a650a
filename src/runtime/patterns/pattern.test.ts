import { describe, expect, it } from 'vitest';
import { CausewayError } from '../../errors/error.js';
import { matchesWhole } from './pattern.js';

const matches = (text: string, pattern: string) => matchesWhole(text, pattern, { work: 0 });

function timed(run: () => unknown): number {
  const before = performance.now();
  run();
  return performance.now() - before;
}

function errorOf(run: () => unknown): CausewayError {
  try {
    run();
  } catch (error) {
    if (error instanceof CausewayError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('a regular expression means what it means in Java', () => {
  it.each([
    ['abcdef', '(?i)ABC.*', true],
    ['xfoox', '.*foo.*', true],
    ['xfoo', 'foo', false],
    ['AB12', '[A-Z]{2}\\d+', true],
    ['a\nb', 'a.b', false],
    ['a\u0085b', 'a.b', false],
    ['a\nb', '(?s)a.b', true],
    ['a\nb', 'a(?s:.)b', true],
    ['a\nb', '(?m)a$\\n^b', true],
    ['a\nb', '(?m)a', false],
    ['a.c', '\\Qa.c\\E', true],
    ['abc', '\\Qa.c\\E', false],
    ['a-c', 'a\\-c', true],
    ['\u{1f600}', '.', true],
    ['\u{1f600}', '\\x{1f600}', true],
    ['É', '(?i)é', false],
    ['É', '(?iu)é', true],
    ['aB', '(?i)a(?-i)b', false],
    ['Ab', '(?i)a(?-i)b', true],
    ['aÉ', 'a(?iu:é)', true],
    ['AÉ', 'a(?iu:é)', false],
    ['B', '(?i)[^a]', true],
    ['A', '(?i)[^a]', false],
    ['b', '[a-z&&[^aeiou]]', true],
    ['e', '[a-z&&[^aeiou]]', false],
    ['5', '[a-c[0-9]]', true],
    [']', '[]]', true],
    ['-', '[a-]', true],
    ['\u00a0', '\\s', false],
    ['\u00a0', '\\h', true],
    ['\u0663', '\\d', false],
    ['Éa', '\\p{Lu}\\p{Ll}', true],
    ['a!', '\\p{Alpha}\\p{Punct}', true],
    ['αβ', '\\p{IsGreek}+', true],
    ['αβ', '\\P{IsGreek}+', false],
    ['\r\n', '\\R', true],
    ['abab', '(ab)\\1', true],
    ['abac', '(ab)\\1', false],
    ['abab', '(?<x>ab)\\k<x>', true],
    ['Passw0rd', '(?=.*\\d)(?=.*[A-Z]).{8,}', true],
    ['password', '(?=.*\\d).{8,}', false],
    ['foobar', 'foo(?!baz).*', true],
    ['foo', '(?x) f o  o # a comment', true],
    ['', '', true],
    ['a', 'a||b', true],
    ['}', '}', true],
  ])('%j =~ %j is %s', (text, pattern, expected) => {
    expect(matches(text, pattern)).toBe(expected);
  });

  it('long texts go to the other engine and mean the same', () => {
    const long = 'x'.repeat(20_000);
    for (const [pattern, expected] of [
      ['.*a.*b.*', false],
      ['x+y?x*[^\\d]', true],
      ['(?i)X*(?-i)x', true],
      ['\\bx+\\b\\w?', true],
      ['(?m)^x*$x*', true],
      ['\\p{L}*', true],
    ] as const) {
      expect(matches(long, pattern), pattern).toBe(expected);
    }
  });
});

describe('a regular expression is bounded in time', () => {
  it.each([
    ['(a+)+b', 'a'.repeat(5000)],
    ['(a|aa)*b', 'a'.repeat(5000)],
    ['(a|a)*', `${'a'.repeat(5000)}b`],
    ['(.*)(.*)(.*)(.*)(.*)x', 'a'.repeat(5000)],
    ['(a?){40}a{40}', 'a'.repeat(39)],
    ['([a-z]+)*\\d', 'a'.repeat(5000)],
    ['(a|b)*a(a|b){20}', 'ab'.repeat(5000)],
  ])('%j on a long text', (pattern, text) => {
    matches('', pattern);
    expect(timed(() => expect(matches(text, pattern)).toBe(false))).toBeLessThan(1000);
  });

  it('with what only a backtracking engine has, under a timer that names its limit', () => {
    let error: CausewayError | undefined;
    const elapsed = timed(() => {
      error = errorOf(() => matches('a'.repeat(60), '(?=a)(a+)+b'));
    });
    expect(error?.code).toBe('Neo.ClientError.General.LimitExceeded');
    expect(error?.message).toContain('limits.pattern_time_ms');
    expect(elapsed).toBeLessThan(1000);
    expect(matches('aaab', '(?=a)(a+)+b')).toBe(true);
  });
});

describe('a pattern that is none', () => {
  it.each([
    ['(', 'Invalid Regex: Unclosed group near index 1'],
    [')', "Invalid Regex: Unmatched closing ')'"],
    ['[a', 'Invalid Regex: Unclosed character class near index 1'],
    ['*', "Invalid Regex: Dangling meta character '*' near index 0"],
    ['a{2,1}', 'Invalid Regex: Illegal repetition range near index 1'],
    ['a{x', 'Invalid Regex: Illegal repetition near index 1'],
    ['\\', 'Invalid Regex: Unexpected internal error near index 1'],
    ['\\y', 'Invalid Regex: Illegal/unsupported escape sequence near index 1'],
    ['[z-a]', 'Invalid Regex: Illegal character range near index 2'],
    ['\\p{Nonsense}', 'Invalid Regex: Unknown character property name {Nonsense} near index 11'],
  ])('%j', (pattern, message) => {
    const error = errorOf(() => matches('x', pattern));
    expect(error.code).toBe('Neo.ClientError.Statement.SemanticError');
    expect(error.message.split('\n')[0]).toBe(message);
  });

  it.each(['(?i)(a)\\1', 'a*+', '(?>a)', '\\Xa', '(?U)a'])('%j is not there, and says so', (pattern) => {
    expect(errorOf(() => matches('x', pattern)).message).toContain('is not supported');
  });

  it.each([
    ['a'.repeat(10_001), 'limits.pattern_characters'],
    ['('.repeat(101), 'limits.pattern_depth'],
    ['a{1001}', 'limits.pattern_repetitions'],
    ['((a{1000}){1000}){1000}', 'limits.pattern_steps'],
  ])('%.10s meets a limit that the error names', (pattern, name) => {
    const error = errorOf(() => matches('x', pattern));
    expect(error.code).toBe('Neo.ClientError.General.LimitExceeded');
    expect(error.message).toContain(name);
  });
});

it('an expression that outgrows the linear engine ends at its time', () => {
  const error = errorOf(() => matches('a'.repeat(4000), '(a?){1000}a{1000}'.repeat(4)));
  expect(error.message).toContain('limits.pattern_time_ms');
  // The pattern is still good for what it can do.
  expect(matches('b', '(a?){1000}a{1000}'.repeat(4))).toBe(false);
});
