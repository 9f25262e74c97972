import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { importX } from 'eslint-plugin-import-x';

/** Forbids imports in one layer: the arrows of the house go one way. */
const forbid = (patterns, paths = []) => ({
  'no-restricted-imports': 'off',
  '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }],
});

const nodeBuiltins = { group: ['node:*'], message: 'Workflow code runs in a sandbox without Node built-ins.' };
const outsideTheSandbox = {
  group: ['@temporalio/client', '@temporalio/worker', '@temporalio/testing', '@temporalio/activity'],
  message: 'Workflow code imports @temporalio/workflow and @temporalio/common only.',
};
const typesOnly = {
  regex: '/(activities|services)/',
  allowTypeImports: true,
  message: 'Workflow code knows activities and services as types only.',
};

export default tseslint.config(
  { ignores: ['dist', '.fermata', 'node_modules', 'coverage'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // An async function without await keeps a throw inside the promise.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'import-x/no-cycle': ['error', { maxDepth: 10, ignoreExternal: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
    settings: {
      'import-x/resolver': { node: { extensions: ['.ts'] } },
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
  },
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      ...forbid([nodeBuiltins, outsideTheSandbox, typesOnly]),
      'no-restricted-globals': ['error', 'process', 'fetch', 'Buffer', 'require'],
    },
  },
  {
    files: ['src/workflows/patterns/**/*.ts'],
    rules: forbid([
      nodeBuiltins,
      outsideTheSandbox,
      {
        regex: '^\\.\\./(?!\\.\\./failures\\.ts$)',
        message: 'A pattern imports the SDK, its neighbours and failures.ts; it knows no process.',
      },
    ]),
  },
  {
    files: ['src/activities/**/*.ts', 'src/services/**/*.ts'],
    rules: forbid([{ regex: '/workflows/', message: 'Activities and services never import workflow code.' }]),
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', setInterval: 'readonly', clearInterval: 'readonly' } },
  },
);
