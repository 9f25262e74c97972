import { invalid } from '../../failures.ts';

/** The failure of a model that cannot do a task: `ModelCannot`. Never retried; the process takes the person's way. */
export function modelCannot(model: string, task: string, why: string): Error {
  return invalid('ModelCannot', `the model '${model}' cannot ${task}: ${why}`, { model, task });
}
