// A SHA-256 over what a version says, not how it is kept: ids, names, values and schema, in an order that does not depend
// on the history. Equal graphs have equal digests on every server (SAFETY 9).

import { createHash } from 'node:crypto';
import { ByteWriter } from '../base/bytes.js';
import type { GraphReader, IdCursor } from '../graph/reader.js';
import { writeText } from '../graph/text-codec.js';
import { writeValue } from '../graph/value-codec.js';
import type { CypherMap } from '../values/value.js';

export function digestOf(graph: GraphReader): string {
  const hash = createHash('sha256');
  let writer = new ByteWriter(64 * 1024);
  const flush = () => {
    hash.update(writer.finish());
    writer = new ByteWriter(64 * 1024);
  };
  eachId(graph.nodes(), (id) => {
    writer.byte(1);
    writer.varint(id);
    const labels = [...graph.nodeLabels(id)].sort();
    writer.varint(labels.length);
    for (const label of labels) writeText(writer, label);
    writeProperties(writer, graph.nodeProperties(id));
    if (writer.length > 60_000) flush();
  });
  eachId(graph.relationships(), (id) => {
    writer.byte(2);
    writer.varint(id);
    writeText(writer, graph.relationshipType(id));
    writer.varint(graph.relationshipStart(id));
    writer.varint(graph.relationshipEnd(id));
    writeProperties(writer, graph.relationshipProperties(id));
    if (writer.length > 60_000) flush();
  });
  writer.byte(3);
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  for (const index of [...graph.schema.indexes].sort(byName)) {
    const { id, name, kind, entity, token, properties, owner } = index;
    writeText(writer, JSON.stringify([id, name, entity, token, properties, owner ?? null, ...(kind === 'range' ? [] : [kind])]));
  }
  for (const constraint of [...graph.schema.constraints].sort(byName)) {
    const { id, name, kind, entity, token, properties, propertyTypes, index } = constraint;
    const more = kind === 'unique' && entity === 'node' ? [] : [entity, propertyTypes];
    writeText(writer, JSON.stringify([id, name, kind, token, properties, index ?? null, ...more]));
  }
  flush();
  return hash.digest('hex');
}

function writeProperties(writer: ByteWriter, properties: CypherMap): void {
  writer.varint(properties.size);
  for (const key of [...properties.keys()].sort()) {
    writeText(writer, key);
    writeValue(writer, properties.get(key) ?? null);
  }
}

export function eachId(cursor: IdCursor, use: (id: number) => void): void {
  while (cursor.next()) for (let place = cursor.start; place < cursor.end; place++) use(cursor.ids[place] as number);
}
