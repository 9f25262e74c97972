import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Connection } from '@temporalio/client';
import { loadSettings, type Settings } from '../config.ts';
import { connect, connectionOptions } from '../connection.ts';
import { exitCodes, show, type CommonOptions } from './terminal.ts';
import { databaseReason, noDatabase } from './search.ts';
import { example } from './usage.ts';
import { countWorkers } from './workers.ts';

/** One thing that must be right. */
interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do, when it is not right. */
  readonly fix?: string;
}

/** `doctor`: is everything there that runs need? */
export function addDoctor(program: Command): void {
  example(program.command('doctor'), ['doctor', 'doctor --json'])
    .description('checks server, search attributes, worker, database, file store and users, and says what is wrong')
    .action(async (options: CommonOptions) => {
      const settings = loadSettings();
      const server = await serverChecks(settings);
      const checks = [
        ...server.checks,
        await databaseCheck(settings),
        await filesCheck(settings),
        await usersCheck(settings),
      ];
      const ok = checks.every((check) => check.ok);
      const lines = checks.flatMap((check) => [
        `${check.ok ? '✓' : '✗'} ${check.name}: ${check.detail}`,
        ...(check.fix === undefined ? [] : check.fix.split('\n').map((line) => `    ${line}`)),
      ]);
      show(options, { ok, checks }, lines.join('\n'));
      if (!ok) process.exitCode = server.reachable ? exitCodes.failed : exitCodes.unreachable;
    });
}

async function serverChecks(settings: Settings): Promise<{ reachable: boolean; checks: readonly Check[] }> {
  const { options, namespace } = connectionOptions(settings);
  let connection: Connection;
  try {
    ({ connection } = await connect(settings));
  } catch (error) {
    const [detail, fix] = messageOf(error).split('\n');
    return { reachable: false, checks: [bad('server', detail ?? '', fix ?? 'Run `npm start`.')] };
  }
  const { serverMs } = settings.limits;
  const ask = <T>(call: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + serverMs, call);
  try {
    const { serverVersion } = await ask(() => connection.workflowService.getSystemInfo({}));
    const checks = await Promise.all([
      ask(() => namespaceCheck(connection, namespace)),
      ask(() => attributesCheck(connection, namespace)),
      ask(() => workerCheck(connection, namespace, settings.taskQueue)),
    ]);
    return { reachable: true, checks: [good('server', `${options.address}, version ${serverVersion}`), ...checks] };
  } finally {
    await connection.close();
  }
}

async function namespaceCheck(connection: Connection, namespace: string): Promise<Check> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return good('namespace', namespace);
  } catch (error) {
    return bad('namespace', `'${namespace}': ${messageOf(error)}`, 'Set TEMPORAL_NAMESPACE to one that is there.');
  }
}

async function attributesCheck(connection: Connection, namespace: string): Promise<Check> {
  const { registerCommand, searchAttributes } = await import('../search-attributes.ts');
  const name = 'search attributes';
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const wrong = Object.entries(searchAttributes).flatMap(([key, type]) => {
      if (customAttributes[key] === undefined) return [`${key} is missing`];
      return customAttributes[key] === type ? [] : [`${key} has another type`];
    });
    if (wrong.length === 0) return good(name, Object.keys(searchAttributes).join(', '));
    return bad(name, wrong.join(', '), registerCommand);
  } catch (error) {
    return bad(name, `cannot be listed: ${messageOf(error)}`, `See that they are registered:\n${registerCommand}`);
  }
}

async function workerCheck(connection: Connection, namespace: string, taskQueue: string): Promise<Check> {
  const fix = 'Start one with `npm run worker` (FERMATA_TASK_QUEUE must be the same).';
  try {
    const count = await countWorkers(connection.workflowService, namespace, taskQueue);
    if (count === 0) return bad('worker', `none polls '${taskQueue}'`, fix);
    return good('worker', `${String(count)} on task queue '${taskQueue}'`);
  } catch (error) {
    return bad('worker', `cannot be seen: ${messageOf(error)}`, fix);
  }
}

async function databaseCheck({ databaseUrl }: Settings): Promise<Check> {
  if (databaseUrl === undefined) return bad('database', 'none is set', noDatabase);
  const { openDatabase } = await import('../services/database.ts');
  const db = openDatabase(databaseUrl, { max: 1 });
  try {
    const { count } = await db
      .selectFrom('documents')
      .leftJoin('document_index', 'document_index.document_id', 'documents.id')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    return good('database', `${withoutPassword(databaseUrl)}, ${count} documents`);
  } catch (error) {
    const reason = databaseReason(error);
    const fix = reason.includes('tables')
      ? 'Start a worker once: it makes them.'
      : 'See that it is up; check DATABASE_URL.';
    return bad('database', `${withoutPassword(databaseUrl)}: ${reason}`, fix);
  } finally {
    await db.destroy();
  }
}

async function filesCheck({ dataDir }: Settings): Promise<Check> {
  const folder = join(dataDir, 'files');
  const probe = join(folder, `.doctor-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
    return good('file store', folder);
  } catch (error) {
    return bad('file store', messageOf(error), 'Make the folder writable, or set FERMATA_DATA to one that is.');
  }
}

async function usersCheck({ usersFile }: Settings): Promise<Check> {
  const { loadDirectory } = await import('../services/directory.ts');
  try {
    const { users } = loadDirectory(usersFile);
    return good('users', `${usersFile}: ${users.map(({ name }) => name).join(', ')}`);
  } catch (error) {
    return bad('users', messageOf(error), 'Set FERMATA_USERS to the users file.');
  }
}

function good(name: string, detail: string): Check {
  return { name, ok: true, detail };
}

function bad(name: string, detail: string, fix: string): Check {
  return { name, ok: false, detail, fix };
}

function withoutPassword(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
