/** What every test file of a run shares: see `start.ts`. Jest imports this file as it is, so it brings the TypeScript in. */
import { tsImport } from 'tsx/esm/api';

export default async function setUp() {
  const { startShared } = await tsImport('./start.ts', import.meta.url);
  globalThis.fermataShared = await startShared();
}
