/** Activities that do next to nothing, so that what is measured is the orchestration around them. */
import { invalid } from '../../src/failures.ts';

export interface Steps {
  echo(value: number): Promise<number>;
  book(step: string): Promise<string>;
  unbook(step: string): Promise<void>;
  /** Fails as refused, before anything was done. */
  refuse(step: string): Promise<never>;
  classify(text: string): Promise<'invoice' | 'letter'>;
}

export const activities: Steps = {
  echo: (value) => Promise.resolve(value),
  book: (step) => Promise.resolve(`${step} booked`),
  unbook: () => Promise.resolve(),
  refuse: (step) => Promise.reject(invalid('Refused', `${step} is refused`)),
  classify: (text) => Promise.resolve(text.includes('invoice') ? 'invoice' : 'letter'),
};
