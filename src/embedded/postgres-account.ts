/**
 * Whom Postgres runs as. It refuses to run as root, so as root (containers, mostly) it runs as another user, who then
 * has to reach both the programs in `node_modules` and the data folder.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CannotStart } from './cannot-start.ts';
import { findOnPath } from './run-command.ts';

/** How to run a program of Postgres. */
export interface PostgresAccount {
  /** Put ahead of the command line. */
  readonly prefix: readonly string[];
  /** Owner of the data; `undefined` when we are no root and it is ourselves. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** Whom to run Postgres as so that it reaches all of `paths`. Throws {@link CannotStart} when nobody can. */
export function postgresAccount(paths: readonly string[]): PostgresAccount {
  if (process.getuid?.() !== 0) return { prefix: [], owner: undefined };
  const owner = findOwner();
  const closed = paths.map((path) => closedFolder(path, owner)).find((folder) => folder !== undefined);
  const setpriv = findOnPath('setpriv');
  if (setpriv !== undefined) {
    const { uid, gid } = owner;
    // A folder that only root may enter, such as /root, opens to it through this one capability.
    const capabilities = closed === undefined ? '-all' : '-all,+dac_override';
    const ids = [`--reuid=${String(uid)}`, `--regid=${String(gid)}`, '--clear-groups'];
    // Without the secure bit the kernel leaves the capability out when a program asks with access(), as initdb does.
    const ambient = closed === undefined ? [] : [`--ambient-caps=${capabilities}`, '--securebits=+no_setuid_fixup'];
    return { prefix: [setpriv, ...ids, `--inh-caps=${capabilities}`, ...ambient], owner };
  }
  if (closed !== undefined) {
    throw new CannotStart(
      `Postgres does not run as root, and no other user may enter ${closed}.\n` +
        'Run as an ordinary user, or move the project elsewhere, or set DATABASE_URL to a PostgreSQL that is up.',
    );
  }
  return { prefix: [], owner };
}

function findOwner(): { uid: number; gid: number } {
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // The next one.
    }
  }
  throw new CannotStart(
    'Postgres does not run as root, and there is no user postgres or nobody to run it as.\n' +
      'Run as an ordinary user, or set DATABASE_URL to a PostgreSQL that is up.',
  );
}

/** The folder on the way to `path` that the user may not enter. */
function closedFolder(path: string, owner: { uid: number; gid: number }): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
