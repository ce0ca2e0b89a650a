// The one table from openCypher's errors to Neo4j's codes.

const syntaxError = 'Neo.ClientError.Statement.SyntaxError';
const typeError = 'Neo.ClientError.Statement.TypeError';
const argumentError = 'Neo.ClientError.Statement.ArgumentError';

/** By openCypher's type; `TYPE: DETAIL` or `PHASE TYPE: DETAIL` where the detail or the phase makes a difference. */
const codes: Readonly<Record<string, readonly string[]>> = {
  SyntaxError: [syntaxError],
  TypeError: [typeError],
  // What is known of types before a query runs is told of as its syntax.
  'compile time TypeError': [syntaxError],
  'any time TypeError': [syntaxError, typeError],
  SemanticError: ['Neo.ClientError.Statement.SemanticError'],
  ArgumentError: [argumentError],
  EntityNotFound: ['Neo.ClientError.Statement.EntityNotFound'],
  ParameterMissing: ['Neo.ClientError.Statement.ParameterMissing'],
  'ConstraintVerificationFailed: DeleteConnectedNode': ['Neo.ClientError.Schema.ConstraintValidationFailed'],
  'ProcedureError: ProcedureNotFound': ['Neo.ClientError.Procedure.ProcedureNotFound'],
  // Values of parameters and expressions are known when the query runs.
  'runtime SyntaxError: NegativeIntegerArgument': [syntaxError, argumentError],
  'runtime SyntaxError: InvalidArgumentType': [syntaxError, argumentError],
};

export interface ExpectedError {
  readonly type: string;
  readonly phase: 'compile time' | 'runtime' | 'any time';
  readonly detail: string;
}

export function parseExpectedError(text: string): ExpectedError | undefined {
  const [, type, phase, detail] = /^an? (\w+) should be raised at (compile time|runtime|any time): (\S+)$/.exec(text) ?? [];
  return type === undefined ? undefined : { type, phase: phase as ExpectedError['phase'], detail: detail as string };
}

/** Which of Neo4j's codes say it. */
export function codesOf({ type, phase, detail }: ExpectedError): readonly string[] {
  const found = codes[`${phase} ${type}: ${detail}`] ?? codes[`${type}: ${detail}`] ?? codes[`${phase} ${type}`] ?? codes[type];
  if (found === undefined) throw new Error(`no code of Neo4j is given for ${type}: ${detail}`);
  return found;
}
