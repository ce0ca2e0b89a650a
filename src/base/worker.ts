// Where a worker's compiled module is: beside the caller, or, when the caller runs from its
// TypeScript source (tests), at the same place under `dist/`, which the test command builds first.

import { fileURLToPath } from 'node:url';

export function workerUrl(callerUrl: string, moduleName: string): URL {
  const beside = new URL(moduleName, callerUrl);
  if (!fileURLToPath(callerUrl).endsWith('.ts')) return beside;
  return new URL(beside.href.replace(/\/src\/(?!.*\/src\/)/, '/dist/'));
}
