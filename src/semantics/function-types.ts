// The types of functions, by name in lower case: what each argument may be, and what comes out. Here stand only those of
// which something is known; all others take and give anything.

import { type Expected, itemOf, joined, type Type } from './types.js';

export interface FunctionType {
  /** Of the arguments in order; the last one holds for all that follow. Empty: anything. */
  readonly takes: readonly (readonly Expected[])[];
  readonly gives: Type | ((given: readonly Type[]) => Type);
}

const number: readonly Expected[] = ['Number'];
const text: readonly Expected[] = ['String'];
const integer: readonly Expected[] = ['Integer'];
const list: readonly Expected[] = ['List'];
const textOrList: readonly Expected[] = ['String', 'List'];
const entity: readonly Expected[] = ['Node', 'Relationship'];
const propertied: readonly Expected[] = ['Map', 'Node', 'Relationship'];

function type(gives: FunctionType['gives'], ...takes: readonly (readonly Expected[])[]): FunctionType {
  return { takes, gives };
}

const first = (given: readonly Type[]): Type => given[0] ?? 'Any';
const firstItem = (given: readonly Type[]): Type => itemOf(first(given));
const same = (names: readonly string[], one: FunctionType): readonly (readonly [string, FunctionType])[] => names.map((name) => [name, one]);

const types: ReadonlyMap<string, FunctionType> = new Map([
  ...same(
    [
      'sqrt',
      'exp',
      'log',
      'log10',
      'sin',
      'cos',
      'tan',
      'cot',
      'sinh',
      'cosh',
      'tanh',
      'coth',
      'asin',
      'acos',
      'atan',
      'atan2',
      'haversin',
      'degrees',
      'radians',
    ],
    type('Float', number),
  ),
  ...same(['ceil', 'floor'], type('Float', number)),
  ...same(['e', 'pi', 'rand'], type('Float')),
  ...same(['toupper', 'tolower', 'upper', 'lower', 'normalize', 'trim', 'btrim', 'ltrim', 'rtrim'], type('String', text)),
  ...same(['left', 'right'], type('String', text, integer)),
  ...same(['startnode', 'endnode'], type('Node', ['Relationship'])),
  ...same(['head', 'last'], type(firstItem, list)),
  ...same(['min', 'max'], type(first)),
  ...same(['stdev', 'stdevp'], type('Float', number)),
  ['abs', type((given) => (given[0] === 'Integer' || given[0] === 'Float' ? given[0] : 'Number'), number)],
  ['sign', type('Integer', number)],
  ['isnan', type('Boolean', number)],
  ['replace', type('String', text)],
  ['split', type({ list: 'String' }, text, textOrList)],
  ['substring', type('String', text, integer)],
  ['size', type('Integer', textOrList)],
  ['length', type('Integer', ['Path'])],
  // Other arguments are wrong when it runs (openCypher).
  ['range', type({ list: 'Integer' })],
  ['tail', type(first, list)],
  ['reverse', type(first, textOrList)],
  ['isempty', type('Boolean', ['String', 'List', 'Map'])],
  ['keys', type({ list: 'String' }, propertied)],
  ['properties', type('Map', propertied)],
  ['labels', type({ list: 'String' }, ['Node'])],
  ['type', type('String', ['Relationship'])],
  ['id', type('Integer', entity)],
  ['elementid', type('String', entity)],
  ['nodes', type({ list: 'Node' }, ['Path'])],
  ['relationships', type({ list: 'Relationship' }, ['Path'])],
  ['coalesce', type((given) => given.reduce(joined, 'Null'))],
  ['nullif', type(first)],
  ['exists', type('Boolean')],
  ['timestamp', type('Integer')],
  ['count', type('Integer')],
  ['collect', type((given) => ({ list: first(given) }))],
  ['sum', type('Number', number)],
  ['avg', type('Number', number)],
]);

export function functionType(name: string): FunctionType | undefined {
  return types.get(name.toLowerCase());
}
