// Cypher values as Jolt, Neo4j's "JSON Bolt": a value is an object with one key that says its type.
//
//   temporal {"T":"1984-10-11"}   point {"@":"SRID=4326;POINT (1.0 2.0)"}   bytes {"#":"0AFF"}
//
//   strict                                   sparse: JSON's own types where they suffice
//   {"?":"true"} {"Z":"1"} {"U":"a"}         true  1  "a"
//   {"[]":[…]}                               […]
//   {"R":"1.5"}, also for integers beyond 32 bits       {"{}":{…}}
//   node {"()":[id,[labels],{properties}]}   path {"..":[node,relationship,node,…]}
//   relationship {"->":[id,start,type,end,{properties}]}, or {"<-":[id,end,type,start,{…}]} where a path walks it backwards
//
// Version 1 has numbers for ids, version 2 element ids.

import { CypherPoint } from '../values/point-type.js';
import { CypherBytes } from '../values/simple-value.js';
import { temporalText } from '../values/temporal/text.js';
import type { Temporal } from '../values/temporal/types.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, type Value } from '../values/value.js';
import { floatText } from './float-text.js';
import { listText, mapText, type ValueText } from './json-out.js';
import { wellKnownText } from './simple-values.js';

export interface JoltForm {
  readonly version: 1 | 2;
  readonly strict: boolean;
}

export function joltText(form: JoltForm): ValueText {
  return new JoltWriter(form).text;
}

class JoltWriter {
  readonly #form: JoltForm;
  readonly text: ValueText;

  constructor(form: JoltForm) {
    this.#form = form;
    this.text = (value) => this.#value(value);
  }

  #value(value: Value): string {
    const { strict } = this.#form;
    switch (typeof value) {
      case 'string':
        return strict ? `{"U":${JSON.stringify(value)}}` : JSON.stringify(value);
      case 'boolean':
        return strict ? `{"?":"${value}"}` : String(value);
      case 'number':
        if (value < -2147483648 || value >= 2147483647) return `{"R":"${value}"}`;
        return strict ? `{"Z":"${value}"}` : String(value);
      case 'bigint':
        return `{"R":"${value}"}`;
      default:
        break;
    }
    if (value === null) return 'null';
    if (value instanceof CypherFloat) return `{"R":"${floatText(value.value)}"}`;
    if (value instanceof Node) return this.#node(value);
    if (value instanceof Relationship) return this.#relationship(value, true);
    if (value instanceof Path) return this.#path(value);
    if (value instanceof Map) return `{"{}":${mapText(value, this.text)}}`;
    if (isSimple(value)) return this.#simple(value);
    const list = listText(value as readonly Value[], this.text);
    return strict ? `{"[]":${list}}` : list;
  }

  #simple(value: Temporal | CypherPoint | CypherBytes): string {
    if (value instanceof CypherPoint) return `{"@":${JSON.stringify(wellKnownText(value))}}`;
    if (value instanceof CypherBytes) return `{"#":"${Buffer.from(value.bytes).toString('hex').toUpperCase()}"}`;
    return `{"T":${JSON.stringify(temporalText(value))}}`;
  }

  #node(node: Node): string {
    const id = this.#form.version === 1 ? String(node.id) : JSON.stringify(node.elementId);
    return `{"()":[${id},${JSON.stringify(node.labels)},${this.#properties(node.properties)}]}`;
  }

  #relationship(relationship: Relationship, forwards: boolean): string {
    const old = this.#form.version === 1;
    const id = old ? String(relationship.id) : JSON.stringify(relationship.elementId);
    const start = old ? String(relationship.startId) : JSON.stringify(relationship.startElementId);
    const end = old ? String(relationship.endId) : JSON.stringify(relationship.endElementId);
    const [first, second] = forwards ? [start, end] : [end, start];
    const type = JSON.stringify(relationship.type);
    return `{"${forwards ? '->' : '<-'}":[${id},${first},${type},${second},${this.#properties(relationship.properties)}]}`;
  }

  #path({ nodes, relationships }: Path): string {
    const entities: string[] = [];
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] as Node;
      entities.push(this.#node(node));
      const relationship = relationships[index];
      if (relationship !== undefined) entities.push(this.#relationship(relationship, relationship.startId === node.id));
    }
    return `{"..":[${entities.join(',')}]}`;
  }

  #properties(properties: CypherMap): string {
    return mapText(properties, this.text);
  }
}
