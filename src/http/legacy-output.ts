// The two shapes in which the legacy API answers: one JSON document, or Jolt, a sequence of events, one on each line.
// `Accept` chooses. Both stand in the order in which things happen, so both can be streamed.

import type { Notification, ResultSummary } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { Row } from '../values/value.js';
import { type ErrorItem, HttpFailure } from './errors.js';
import { type JoltForm, joltText } from './jolt.js';
import { listText } from './json-out.js';
import { graphText, legacyJson, legacyRowText, type ResultFormat } from './legacy-format.js';
import { legacyPlanText, legacyStatsText, notificationsText } from './summary-format.js';

/** How one statement wants its result. */
export interface ResultForm {
  readonly formats: readonly ResultFormat[];
  readonly includeStats: boolean;
}

/** What stands at the end of an answer. */
export interface Ending {
  readonly errors: readonly ErrorItem[];
  readonly notifications: readonly Notification[];
  /** Of the commit; undefined where nothing committed. */
  readonly lastBookmarks: readonly string[] | undefined;
  /** The transaction stays open. */
  readonly open: { readonly commitUrl: string; readonly expires: Date } | undefined;
}

export interface LegacyOutput {
  readonly contentType: string;
  readonly begin: string;
  readonly resultSeparator: string;
  readonly rowSeparator: string;
  /** Closes a result that failed among its rows. */
  readonly brokenOff: string;
  header(columns: readonly string[]): string;
  row(row: Row, form: ResultForm): string;
  summary(summary: ResultSummary | undefined, form: ResultForm): string;
  end(ending: Ending): string;
}

/** By `Accept`, in the client's order. Raises a 406 where it allows neither. */
export function legacyOutput(accept: string | undefined): LegacyOutput {
  if (accept === undefined || accept.trim() === '') return jsonOutput;
  for (const range of accept.split(',')) {
    const [mime = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (mime === 'application/json' || mime === 'application/*' || mime === '*/*') return jsonOutput;
    const match = /^application\/vnd\.neo4j\.jolt(-v2)?(\+json-seq)?$/.exec(mime);
    if (match === null) continue;
    const strict = parameters.some((parameter) => /^strict\s*=\s*"?true"?$/.test(parameter));
    return joltOutput({ version: match[1] === undefined ? 1 : 2, strict }, match[2] !== undefined);
  }
  const message = 'This API answers in application/json, application/vnd.neo4j.jolt or application/vnd.neo4j.jolt-v2; the Accept header allows none of them.';
  throw new HttpFailure(406, failure('requestInvalid', message));
}

const jsonOutput: LegacyOutput = {
  contentType: 'application/json',
  begin: '{"results":[',
  resultSeparator: ',',
  rowSeparator: ',',
  brokenOff: ']}',
  header: (columns) => `{"columns":${JSON.stringify(columns)},"data":[`,
  row: (row, { formats }) => legacyRowText(row, formats),
  summary(summary, { includeStats }) {
    let text = ']';
    if (summary !== undefined && includeStats) text += `,"stats":${legacyStatsText(summary.counters)}`;
    if (summary?.plan !== undefined) text += `,"plan":${legacyPlanText(summary.plan, legacyJson)}`;
    return `${text}}`;
  },
  end({ errors, ...info }) {
    const members = infoMembers(info);
    return `],"errors":${JSON.stringify(errors)}${members.length === 0 ? '' : `,${members.join(',')}`}}`;
  },
};

function joltOutput(form: JoltForm, sequence: boolean): LegacyOutput {
  const text = joltText(form);
  // JSON text sequences (RFC 7464): each begins with the record separator.
  const event = (name: string, content: string) => `${sequence ? '\u001e' : ''}{"${name}":${content}}\n`;
  const version = form.version === 2 ? '-v2' : '';
  return {
    contentType: `application/vnd.neo4j.jolt${version}${sequence ? '+json-seq' : ''}`,
    begin: '',
    resultSeparator: '',
    rowSeparator: '',
    brokenOff: '',
    header: (columns) => event('header', `{"fields":${JSON.stringify(columns)}}`),
    row: (row, { formats }) => {
      const values = listText(row, text);
      if (!formats.includes('graph')) return event('data', values);
      return event('data', `${values},"graph":${graphText(row)}`);
    },
    summary(summary, { includeStats }) {
      const members: string[] = [];
      if (summary !== undefined && includeStats) members.push(`"stats":${legacyStatsText(summary.counters)}`);
      if (summary?.plan !== undefined) members.push(`"plan":${legacyPlanText(summary.plan, text)}`);
      return event('summary', `{${members.join(',')}}`);
    },
    end({ errors, ...info }) {
      const failed = errors.length === 0 ? '' : event('error', `{"errors":${JSON.stringify(errors)}}`);
      return failed + event('info', `{${infoMembers(info).join(',')}}`);
    },
  };
}

function infoMembers({ notifications, lastBookmarks, open }: Omit<Ending, 'errors'>): readonly string[] {
  const members: string[] = [];
  if (open !== undefined) {
    members.push(`"commit":${JSON.stringify(open.commitUrl)}`, `"transaction":{"expires":"${open.expires.toUTCString()}"}`);
  }
  if (lastBookmarks !== undefined) members.push(`"lastBookmarks":${JSON.stringify(lastBookmarks)}`);
  if (notifications.length > 0) members.push(`"notifications":${notificationsText(notifications)}`);
  return members;
}
