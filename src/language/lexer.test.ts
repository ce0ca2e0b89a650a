// Text to tokens: what each kind of token looks like, and what is none.

import { describe, expect, it } from 'vitest';
import { CausewayError } from '../errors/error.js';
import { tokenize } from './lexer.js';

/** `kind:text`, without the end. */
function tokens(text: string): readonly string[] {
  return tokenize(text)
    .slice(0, -1)
    .map((token) => `${token.kind}:${token.text}`);
}

describe('tokens', () => {
  const table: readonly [string, string, readonly string[]][] = [
    ['names', 'a _b c1 größe $x', ['name:a', 'name:_b', 'name:c1', 'name:größe', 'parameter:x']],
    ['names in backticks may hold anything; two backticks are one', '`a b` `c``d` $`e f`', ['quotedName:a b', 'quotedName:c`d', 'parameter:e f']],
    ['a parameter may be a number', '$0 $12', ['parameter:0', 'parameter:12']],
    ['integers, also hexadecimal and octal', '0 12 1_000 0xFF 0o17', ['integer:0', 'integer:12', 'integer:1000', 'integer:0xFF', 'integer:0o17']],
    ['floating point numbers', '1.5 .5 1e3 1.5E-3', ['float:1.5', 'float:.5', 'float:1e3', 'float:1.5E-3']],
    ['a range is no float', '1..3', ['integer:1', 'symbol:..', 'integer:3']],
    ['strings in either quote', `'a"b' "a'b"`, [`string:a"b`, `string:a'b`]],
    ['escapes', String.raw`'\n\t\'\\\u00e9\U0001F600'`, ["string:\n\t'\\é😀"]],
    ['symbols, the longest first', '<= <> =~ += -> <- || ::', ['<=', '<>', '=~', '+=', '->', '<-', '||', '::'].map((one) => `symbol:${one}`)],
    ['comments and space are nothing', 'a // b\n/* c\n */ d', ['name:a', 'name:d']],
  ];
  for (const [what, text, expected] of table) it(what, () => expect(tokens(text)).toEqual(expected));

  it('a token knows where it begins and ends', () => {
    expect(tokenize("a  'b'").map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [3, 6],
      [6, 6],
    ]);
  });
});

describe('what is no token is an error at its place', () => {
  const table: readonly [string, string, number][] = [
    ['a string that is not closed', "RETURN 'abc", 7],
    ['a name that is not closed', 'RETURN `abc', 7],
    ['a comment that is not closed', 'RETURN 1 /* abc', 9],
    ['an escape that is none', String.raw`RETURN 'a\qb'`, 9],
    ['a code point that is none', String.raw`'\UFFFFFFFF'`, 1],
    ['a number that runs into a name', 'RETURN 1abc', 8],
    ['a dollar by itself', 'RETURN $ 1', 7],
    ['a character that Cypher does not have', 'RETURN 1 ~ 2', 9],
  ];
  for (const [what, text, offset] of table) {
    it(what, () => {
      let raised: unknown;
      try {
        tokenize(text);
      } catch (error) {
        raised = error;
      }
      expect(raised).toBeInstanceOf(CausewayError);
      expect(raised).toMatchObject({ code: 'Neo.ClientError.Statement.SyntaxError', position: { offset } });
    });
  }
});
