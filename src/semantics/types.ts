// What is known of an expression's type before anything runs. 'Any' is what is not known; nothing is refused for it.
// Null is every type. A number is an Integer or a Float.

export type Scalar = 'Any' | 'Null' | 'Boolean' | 'Integer' | 'Float' | 'Number' | 'String' | 'Map' | 'Node' | 'Relationship' | 'Path';

export type Type = Scalar | { readonly list: Type };

/** What may stand at a place; 'List' is a list of anything. */
export type Expected = Exclude<Scalar, 'Any' | 'Null'> | 'List';

export function fits(type: Type, expected: readonly Expected[]): boolean {
  if (type === 'Any' || type === 'Null') return true;
  if (typeof type === 'object') return expected.includes('List');
  if (type === 'Number') return expected.some((one) => one === 'Integer' || one === 'Float' || one === 'Number');
  return expected.includes(type) || (expected.includes('Number') && (type === 'Integer' || type === 'Float'));
}

/** A type that both are. */
export function joined(a: Type, b: Type): Type {
  if (a === 'Null') return b;
  if (b === 'Null') return a;
  if (typeof a === 'object' && typeof b === 'object') return { list: joined(a.list, b.list) };
  if (a === b) return a;
  return isNumber(a) && isNumber(b) ? 'Number' : 'Any';
}

export function isNumber(type: Type): boolean {
  return type === 'Integer' || type === 'Float' || type === 'Number';
}

export function itemOf(list: Type): Type {
  return typeof list === 'object' ? list.list : 'Any';
}

/** As Neo4j writes it. */
export function typeName(type: Type): string {
  if (typeof type !== 'object') return type;
  return `List<${type.list === 'Null' ? 'Any' : typeName(type.list)}>`;
}

/** `Boolean`; `Float or Integer`; `Node, Path or Relationship`. */
export function expectedNames(expected: readonly Expected[]): string {
  const names = expected.flatMap((one) => (one === 'List' ? ['List<T>'] : one === 'Number' ? ['Float', 'Integer'] : [one]));
  const last = names.at(-1) as string;
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}
