import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { runCommand } from '../../src/embedded/run-command.ts';

describe('the account of Postgres', () => {
  it('finds and runs programs in a folder that only its owner may enter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fermata-private-'));
    try {
      const program = join(folder, 'program');
      writeFileSync(program, '#!/bin/sh\necho ran as $(id -u)\n', { mode: 0o755 });
      chmodSync(folder, 0o700);
      const { prefix, owner } = postgresAccount([program]);
      // As initdb looks for postgres: it asks first whether it may, and then runs it.
      const [command = '', ...args] = [...prefix, 'sh', '-c', `test -x '${program}' && '${program}'`];
      const outcome = await runCommand(command, args, { timeoutMs: 10_000 });
      expect(outcome.output.trim()).toBe(`ran as ${String(owner?.uid ?? process.getuid?.())}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
