import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.ts';
import { redriveRun } from '../../src/runs/redrive.ts';
import type { Explored } from '../support/explore.ts';
import { Bookings, explorerOf, standing } from './booking.ts';

const bookings = new Bookings();
const exploring = explorerOf(new URL('./patterns.workflows.ts', import.meta.url), bookings);

/** Runs again what failed or was cancelled. */
async function redrive({ workflowId, client }: Explored): Promise<void> {
  const settings = loadSettings({});
  const { runId } = await redriveRun({ client, settings, close: async () => undefined }, workflowId);
  await client.workflow.getHandle(workflowId, runId).result();
}

/** A step that was undone is booked again under its key with \`~2\`. */
const stepOf = (name: string): string => name.replace(/~\d+$/, '');

describe('redrive, wherever the run before failed or was cancelled', () => {
  it.each([
    ['staged', [], ['a', 'b']],
    ['joined', ['all'], ['a', 'a2', 'b', 'c']],
    ['booked', [], ['a', 'b', 'c', 'd']],
    ['pivoted', [], ['a', 'b']],
  ])(
    'finishes %s with each booking in force once, beside those that could not be undone',
    async (workflow, args, all) => {
      const finished = async (explored: Explored): Promise<void> => {
        const { workflowId, outcome } = explored;
        if (outcome.status === 'completed') return;
        await redrive(explored);
        const left = outcome.status === 'failed' ? standing(outcome.error) : [];
        const booked = bookings.of(workflowId).filter((name) => !left.includes(name));
        expect(booked.map(stepOf)).toEqual(all);
      };
      await exploring(workflow, args, (_, explored) => finished(explored), {
        again: workflow === 'pivoted' ? ['b'] : [],
      });
    },
  );

  it('does not execute a finished stage again', async () => {
    const afterFirst = ({ label }: { readonly label: string }): boolean => label.startsWith('outer / second');
    await exploring(
      'staged',
      [],
      async (_, explored) => {
        if (explored.outcome.status !== 'failed' || !explored.faults.every(({ at }) => afterFirst({ label: at })))
          return;
        await redrive(explored);
        expect(bookings.repeated(explored.workflowId)).not.toContain('a');
      },
      { only: afterFirst },
    );
  });
});
