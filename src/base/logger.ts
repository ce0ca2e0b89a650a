// What the layers ask of a logger (pino's shape): an object of fields, then a line for people.

type Write = (fields: object, line: string) => void;

export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  child(fields: object): Logger;
}

const silent: Write = () => {};

export const noLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => noLogger };
