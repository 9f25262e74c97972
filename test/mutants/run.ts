/** `npm run test:mutants`: changes the patterns in small ways and says which changes no test notices. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { Compiler } from './compiler.ts';
import { Lane, type Verdict } from './lane.ts';
import { allMutants, isKnown, shuffled, type Mutant } from './mutants.ts';
import { survivors } from './survivors.ts';
import { testsOf } from './tests-of.ts';
import { Trees } from './trees.ts';

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly file?: string;
  readonly lanes: number;
}

/** What became of a mutant, and how long that took. */
interface Tried {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Fewer noticed than this share is a failure. */
const enough = 0.9;

const allTests = readdirSync(join(root, 'test/workflows/patterns'))
  .filter((each) => each.endsWith('.test.ts'))
  .map((each) => each.slice(0, -'.test.ts'.length));

/** The mutants of this run, and how many were drawn that the compiler refuses or that are known to change nothing. */
function draw({ count, seed, file }: Options): { mutants: Mutant[]; refused: number; known: number } {
  const all = allMutants(root, file);
  if (all.length === 0) throw new Error(`there is nothing to change in ${file ?? 'the patterns'}.ts`);
  for (const each of survivors) {
    if ((file ?? each.file) === each.file && !all.some((mutant) => isKnown(mutant, each))) {
      throw new Error(`survivors.ts names a change that is not there: ${each.file}.ts: ${each.before} → ${each.after}`);
    }
  }
  const compiler = new Compiler(root, [...new Set(all.map(({ path }) => join(root, path)))]);
  const mutants: Mutant[] = [];
  let refused = 0;
  let known = 0;
  for (const mutant of shuffled(all, seed)) {
    if (mutants.length >= count) break;
    if (survivors.some((each) => isKnown(mutant, each))) known += 1;
    else if (compiler.takes(join(root, mutant.path), mutant.text)) mutants.push(mutant);
    else refused += 1;
  }
  return { mutants, refused, known };
}

/** Does all the work with so many processes; each takes the next piece when it is free. */
async function share<T>(work: readonly T[], lanes: readonly Lane[], act: (each: T, lane: Lane) => Promise<void>) {
  const left = work.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const each of left) await act(each, lane);
    }),
  );
}

/** A test that is red without any change would notice everything. */
async function checkTests(tests: readonly string[], lanes: readonly Lane[], trees: Trees): Promise<void> {
  const tree = await Promise.all(lanes.map(() => trees.copy()));
  await share(tests, lanes, async (test, lane) => {
    const verdict = await lane.run({ tree: tree[lanes.indexOf(lane)] as string, tests: [test] });
    if (verdict.status === 'green') return;
    throw new Error(`${test} is not green without any change: ${verdict.status === 'red' ? verdict.test : 'it hangs'}`);
  });
}

async function tryAll(mutants: readonly Mutant[], lanes: readonly Lane[], trees: Trees): Promise<Tried[]> {
  const tried: Tried[] = [];
  await share(mutants, lanes, async (mutant, lane) => {
    const start = Date.now();
    const tree = await trees.copy(mutant.path, mutant.text);
    const verdict = await lane.run({ tree, tests: testsOf(mutant.file, allTests) });
    trees.remove(tree);
    tried.push({ mutant, verdict });
    const seconds = ((Date.now() - start) / 1_000).toFixed(1);
    console.log(`${String(tried.length)}/${String(mutants.length)} ${said(verdict)}  ${told(mutant)}  ${seconds} s`);
    if (verdict.status === 'red') console.log(`    by ${verdict.test}`);
  });
  return tried;
}

function said({ status }: Verdict): string {
  if (status === 'green') return 'SURVIVED';
  return status === 'hung' ? 'noticed (hangs)' : 'noticed';
}

function told({ file, lineNumber, change: { kind, before, after } }: Mutant): string {
  const short = (text: string): string => {
    const line = text.replaceAll(/\s+/g, ' ');
    return line.length <= 70 ? line : `${line.slice(0, 70)}…`;
  };
  return `${kind}  ${file}.ts:${String(lineNumber)}  ${short(before)} → ${short(after)}`;
}

function summarize(tried: readonly Tried[]): boolean {
  const left = tried.filter(({ verdict }) => verdict.status === 'green');
  const hung = tried.filter(({ verdict }) => verdict.status === 'hung').length;
  const noticed = tried.length - left.length;
  const share = tried.length === 0 ? 1 : noticed / tried.length;
  console.log(
    `\n${String(noticed)} of ${String(tried.length)} noticed (${(share * 100).toFixed(1)} %), ${String(hung)} of them by a run that hangs`,
  );
  for (const { mutant } of left) console.log(`survived: ${told(mutant)}\n    in ${mutant.line}`);
  return share >= enough;
}

async function main(options: Options): Promise<void> {
  const { mutants, refused, known } = draw(options);
  console.log(
    `${String(mutants.length)} changes, --seed ${String(options.seed)}; passed over: ${String(refused)} that the compiler refuses, ${String(known)} that change nothing`,
  );
  const trees = await Trees.open(root);
  const lanes = Array.from({ length: options.lanes }, () => new Lane());
  const end = (): void => {
    for (const lane of lanes) lane.stop();
    trees.remove();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      end();
      process.exit(130);
    });
  }
  try {
    const tests = [...new Set(mutants.flatMap(({ file }) => testsOf(file, allTests)))];
    await checkTests(tests, lanes, trees);
    console.log(`${String(tests.length)} test files are green without any change`);
    if (!summarize(await tryAll(mutants, lanes, trees))) process.exitCode = 1;
  } finally {
    end();
  }
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number of at least 1');
  return value;
}

const program = new Command('test:mutants')
  .description('Makes small changes to the patterns, each in a copy, and says which no test notices.')
  .option('--count <n>', 'how many changes', whole, 250)
  .option('--seed <n>', 'draws the same changes again', whole, Date.now() % 2 ** 31)
  .option('--file <name>', 'changes this source only, such as saga')
  .option('--lanes <n>', 'processes that run tests at the same time', whole, 2)
  .addHelpText('after', '\nExample: npm run test:mutants -- --file saga --count 40 --seed 7')
  .action((options: Options) => main({ ...options, ...(options.file && { file: options.file.replace(/\.ts$/, '') }) }));

await program.parseAsync();
