import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { runCommand } from '../../src/embedded/run-command.ts';

describe('the account of Postgres', () => {
  it('finds programs in a folder that only its owner may enter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fermata-private-'));
    try {
      const program = join(folder, 'program');
      writeFileSync(program, '', { mode: 0o755 });
      chmodSync(folder, 0o700);
      // As initdb looks for postgres: it asks with access(), which takes less into account than running does.
      const ask = `fs.accessSync(${JSON.stringify(program)}, fs.constants.X_OK); console.log('found')`;
      const { prefix } = postgresAccount([program]);
      const [command = process.execPath, ...args]: string[] = [...prefix, process.execPath, '-e', ask];
      const outcome = await runCommand(command, args, { timeoutMs: 10_000 });
      expect(outcome.output.trim()).toBe('found');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
