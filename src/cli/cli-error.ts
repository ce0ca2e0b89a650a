// Something the user can mend: printed as it is, without a stack; exit code 1.

export class CliError extends Error {
  override readonly name = 'CliError';
}
