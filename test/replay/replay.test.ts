import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { catalog } from '../../src/catalog.ts';
import '../support/runtime.ts';
import { listRecordings, recordingFile } from './recordings/recording.ts';

const { History } = proto.temporal.api.history.v1;
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const recorded = (await readdir(here)).filter((name) => name.endsWith('.json'));

const bundle = (folder: string): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows/index.ts'),
    workflowInterceptorModules: [join(folder, 'workflows/interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });

async function historyOf(name: string) {
  const history = History.fromObject(JSON.parse(await readFile(join(here, name), 'utf8')) as object);
  // Children are named after their parent.
  const started = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  return { workflowId: started || name, history };
}

/** What is wrong with each recorded history, where something is. */
async function replay(names: readonly string[], workflowBundle: WorkflowBundleWithSourceMap): Promise<string[]> {
  const histories = await Promise.all(names.map(historyOf));
  // Not in the debug mode of replays: it hooks into every promise of this process, and for good.
  const options = { workflowBundle, debugMode: false };
  const wrong: string[] = [];
  const left = [...names];
  for await (const { error } of Worker.runReplayHistories(options, histories)) {
    const name = left.shift() ?? '';
    if (error) wrong.push(`${name}: ${error.message}`);
  }
  expect(left).toEqual([]);
  return wrong;
}

/** The sources with one change, inside the project so that its packages are found. */
async function changed(file: string, change: (source: string) => string): Promise<string> {
  await mkdir(join(root, '.fermata'), { recursive: true });
  const folder = await mkdtemp(join(root, '.fermata/replay-'));
  copies.push(folder);
  await cp(join(root, 'src'), folder, { recursive: true });
  const path = join(folder, file);
  const before = await readFile(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
  return folder;
}

const copies: string[] = [];
afterAll(() => Promise.all(copies.map((folder) => rm(folder, { recursive: true, force: true }))));

describe('recorded histories', () => {
  it('are there for every process, as they are listed in recordings', async () => {
    const listed = await listRecordings();
    expect([...new Set(listed.map(({ process }) => process))].sort()).toEqual(catalog.map(({ name }) => name).sort());
    expect(recorded.sort()).toEqual(listed.map(recordingFile).sort());
  });

  it('replay with the workflows as they are now', async () => {
    const product = await bundle(join(root, 'src'));
    expect(await replay(recorded, product)).toEqual([]);
  });

  it('do not replay when an await is moved', async () => {
    const classify = `  const kind = await stage('classify', () => understanding.classifyDocument(reading));\n`;
    const folder = await changed('workflows/document-ingestion.ts', (source) =>
      source.replace(classify, '').replace(`  const first = await`, `${classify}  const first = await`),
    );
    const moved = await bundle(folder);
    const ingestions = recorded.filter((each) => each.startsWith('document-ingestion'));
    const wrong = await replay(ingestions, moved);
    expect(wrong).toHaveLength(ingestions.length);
    for (const each of wrong) expect(each).toMatch(/Nondeterminism|determinis/i);
  });

  it('do not replay when a gate no longer publishes what waits', async () => {
    const folder = await changed('workflows/patterns/approval-gate.ts', (source) =>
      source.replace('  gates.set(options.name, gate);\n  publish();\n', '  gates.set(options.name, gate);\n'),
    );
    const silent = await bundle(folder);
    expect(await replay(['document-ingestion.reviewed.json'], silent)).toEqual([
      expect.stringMatching(/Nondeterminism|determinis/i),
    ]);
  });
});
