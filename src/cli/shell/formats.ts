// Rows for other programs. CSV is RFC 4180 (lines end in CR LF; NULL is nothing, an empty string is ""); JSON is one object for each
// line, in which an INTEGER is its digits, however many, and a FLOAT always has a point or an exponent.

import { display, floatText, simpleText } from '../../values/text.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, type Row, type Value } from '../../values/value.js';

export function csvLine(cells: readonly Value[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: Value): string {
  if (value === null) return '';
  const text = typeof value === 'string' ? value : display(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function jsonLine(fields: readonly string[], row: Row): string {
  return `${jsonObject(fields.map((field, index) => [field, row[index] ?? null]))}\n`;
}

function jsonObject(entries: Iterable<readonly [string, Value]>): string {
  return `{${[...entries].map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
}

export function jsonText(value: Value): string {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? JSON.stringify(value) : String(value);
  // JSON has no NaN and no Infinity: they are the strings that both HTTP APIs write.
  if (value instanceof CypherFloat) return Number.isFinite(value.value) ? floatText(value.value) : `"${floatText(value.value)}"`;
  if (value instanceof Node) return entityText(value.elementId, [['labels', value.labels]], value.properties);
  if (value instanceof Relationship) return relationshipText(value);
  if (value instanceof Path) return `[${steps(value).map(jsonText).join(',')}]`;
  if (value instanceof Map) return jsonObject(value as CypherMap);
  if (isSimple(value)) return JSON.stringify(simpleText(value));
  return `[${(value as readonly Value[]).map(jsonText).join(',')}]`;
}

function entityText(elementId: string, own: readonly (readonly [string, Value])[], properties: CypherMap): string {
  return jsonObject([['elementId', elementId], ...own, ['properties', properties]]);
}

function relationshipText({ elementId, startElementId, endElementId, type, properties }: Relationship): string {
  const own = [
    ['startNodeElementId', startElementId],
    ['endNodeElementId', endElementId],
    ['type', type],
  ] as const;
  return entityText(elementId, own, properties);
}

/** Node, relationship, node, and so on. */
function steps(path: Path): readonly Value[] {
  return path.nodes.flatMap((node, index) => (index === 0 ? [node] : [path.relationships[index - 1] as Relationship, node]));
}
