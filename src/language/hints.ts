// Planner hints behind a MATCH's pattern.

import type { IndexKind } from '../graph/schema.js';
import type { Hint, IndexHint, Variable } from './ast.js';
import { parseVariable } from './patterns.js';
import type { TokenStream } from './token-stream.js';

/** {USING (Index | Scan | Join)} */
export function parseHints(s: TokenStream): readonly Hint[] {
  const hints: Hint[] = [];
  while (s.isWord('USING')) {
    const at = s.at();
    s.advance();
    hints.push(parseHint(s, at));
  }
  return hints;
}

/** IndexHint | SCAN Variable ':' Name | JOIN ON Variable {',' Variable} */
function parseHint(s: TokenStream, at: Hint['at']): Hint {
  for (const kind of ['range', 'text', 'point'] as const) if (s.acceptWords(kind.toUpperCase(), 'INDEX')) return parseIndexHint(s, kind, at);
  if (s.acceptWord('INDEX')) return parseIndexHint(s, undefined, at);
  if (s.acceptWord('SCAN')) return { kind: 'ScanHint', ...parseNamed(s), at };
  if (!s.acceptWords('JOIN', 'ON')) throw s.unexpected("'INDEX', 'SCAN' or 'JOIN ON'");
  const variables = [parseVariable(s)];
  while (s.acceptSymbol(',')) variables.push(parseVariable(s));
  return { kind: 'JoinHint', variables, at };
}

/** [RANGE | TEXT | POINT] INDEX [SEEK] Variable ':' Name '(' Name {',' Name} ')' */
function parseIndexHint(s: TokenStream, index: IndexKind | undefined, at: Hint['at']): IndexHint {
  const seek = s.isWord('SEEK') && !s.isSymbol(':', 1) && s.acceptWord('SEEK');
  const { variable, name } = parseNamed(s);
  s.expectSymbol('(');
  const properties = [s.expectToken('a property key')];
  while (s.acceptSymbol(',')) properties.push(s.expectToken('a property key'));
  s.expectSymbol(')');
  return { kind: 'IndexHint', variable, name, properties, index, seek, at };
}

function parseNamed(s: TokenStream): { readonly variable: Variable; readonly name: string } {
  const variable = parseVariable(s);
  s.expectSymbol(':');
  return { variable, name: s.expectToken('a label or relationship type') };
}
