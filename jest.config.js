import { availableParallelism } from 'node:os';

// An idle connection is closed now and then by the time-skipping server, which forbids keepalive pings: nothing to tell.
process.env['GRPC_NODE_VERBOSITY'] ??= 'NONE';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  globalSetup: '<rootDir>/test/support/shared/set-up.js',
  globalTeardown: '<rootDir>/test/support/shared/tear-down.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testTimeout: 60_000,
  // A worker keeps what the files it has run have loaded; one that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
  // Tests wait for servers most of the time.
  maxWorkers: Math.min(8, 2 * availableParallelism()),
};
