/** How good the local models are on examples that their training never sees, and how long they train. */
import { fileURLToPath } from 'node:url';
import { evaluate, type Evaluation } from '../src/services/models/training/evaluate.ts';
import { split } from '../src/services/models/training/examples.ts';
import { heldBackShare, trainingTasks } from '../src/services/models/training/tasks.ts';
import { train } from '../src/services/models/training/train.ts';
import { benchCommand, printJson } from './arguments.ts';

interface Figures extends Evaluation {
  readonly task: string;
  readonly trainedOn: number;
  readonly trainingSeconds: number;
}

const command = benchCommand(
  'bench:models',
  'Trains the local models and evaluates them on a fifth of the shipped examples.',
);
const { json = false } = command.parse().opts<{ json?: boolean }>();
const samples = fileURLToPath(new URL('../samples/', import.meta.url));

const figures: Figures[] = [];
for (const [task, { load, settings }] of trainingTasks) {
  const { training, heldBack } = split(await load(samples), heldBackShare);
  const start = performance.now();
  const model = await train(training, settings);
  const trainingSeconds = Math.round((performance.now() - start) / 100) / 10;
  figures.push({ task, trainedOn: training.length, trainingSeconds, ...evaluate(model, heldBack) });
}

if (json) printJson({ tasks: figures });
else for (const each of figures) process.stdout.write(`${summary(each)}\n`);

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

function summary(each: Figures): string {
  const { automatic, automaticWrong, examples } = each;
  return [
    `${each.task}: trained on ${each.trainedOn} examples in ${each.trainingSeconds} s, evaluated on ${examples} others`,
    `  right                    ${percent(each.accuracy, 1)}`,
    `  answered automatically   ${automatic} (${percent(automatic, examples)}), with confidence ${each.threshold} or more`,
    `  wrong among those        ${automaticWrong} (${percent(automaticWrong, automatic)})`,
  ].join('\n');
}
