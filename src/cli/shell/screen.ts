// Where the shell writes. Waits for a reader that is slow; knows how wide the terminal is, and whether colours make sense.

import type { Writable } from 'node:stream';

export interface Screen {
  /** For results. Resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** For warnings and errors. */
  complain(text: string): Promise<void>;
  /** Columns of the terminal; undefined: no terminal, nothing is cut. */
  readonly width: number | undefined;
  /** The text in a style, or as it is where there is no terminal. */
  styled(style: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow';

const codes: Readonly<Record<Style, readonly [number, number]>> = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39] };

type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** `complaints` may be the same stream. */
export function screenOn(output: Terminal, complaints: Terminal): Screen {
  const coloured = (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
  return {
    write: (text) => writeTo(output, text),
    complain: (text) => writeTo(complaints, text),
    get width() {
      return output.isTTY === true ? Math.max(20, output.columns ?? 80) : undefined;
    },
    styled(style, text) {
      const [on, off] = codes[style];
      return coloured && output.isTTY === true && complaints.isTTY === true ? `\x1b[${on}m${text}\x1b[${off}m` : text;
    },
  };
}

function writeTo(stream: Writable, text: string): Promise<void> {
  if (text === '' || stream.write(text) || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });
}
