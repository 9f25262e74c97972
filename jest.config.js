import { availableParallelism } from 'node:os';

// An idle connection is closed now and then by the time-skipping server, which forbids keepalive pings: nothing to tell.
process.env['GRPC_NODE_VERBOSITY'] ??= 'NONE';

const everywhere = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.fermata/', '<rootDir>/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  globalSetup: '<rootDir>/test/support/shared/set-up.js',
  globalTeardown: '<rootDir>/test/support/shared/tear-down.js',
};

/** Parts of the suite: `npm run jest -- --selectProjects patterns`. */
const projects = {
  explorations: ['faults', 'random'],
  browsers: ['web'],
  servers: ['*.test.ts', 'client', 'embedded', 'runs'],
  processes: ['workflows/*.test.ts', 'replay'],
  patterns: ['workflows/patterns'],
  units: ['services', 'types', 'docs', 'mutants'],
};

/** @type {import('jest').Config} */
export default {
  projects: Object.entries(projects).map(([displayName, places]) => ({
    ...everywhere,
    displayName,
    testMatch: places.map((place) => `<rootDir>/test/${place}${place.endsWith('.test.ts') ? '' : '/**/*.test.ts'}`),
  })),
  // What takes longest goes first, so that nothing is waited for in the end.
  testSequencer: '<rootDir>/test/support/longest-first.js',
  reporters: ['default', '<rootDir>/test/support/reporter.js'],
  // The one limit of every test: it ends what hangs, and says nothing about how fast anything is.
  testTimeout: 900_000,
  // A worker keeps what the files it has run have loaded; one that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
  // Tests wait for servers most of the time.
  maxWorkers: Math.min(8, 2 * availableParallelism()),
};
