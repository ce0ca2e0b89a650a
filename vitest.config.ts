// Unit tests beside their files, and `test/`. Stories with real processes (`*.story.test.ts`) run one after the other.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    poolOptions: { forks: { maxForks: 3 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts', 'test/**/*.test.ts'], exclude: ['test/**/*.story.test.ts'] } },
      { extends: true, test: { name: 'stories', include: ['test/**/*.story.test.ts'], fileParallelism: false, testTimeout: 180_000 } },
    ],
  },
});
