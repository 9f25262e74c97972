/** Runs ten thousand random programs, or as many as `FERMATA_PROGRAMS` says: `npm run test:soak`. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', 'test/random'];
/** Ten times as many programs may take ten times as long. */
const limit = '--testTimeout=9000000';

const tests = spawn(process.execPath, [...jest, limit, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { FERMATA_PROGRAMS: '10000', ...process.env },
});
tests.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
