/** Explorations first, then the rest, each by the size of its file: on a fresh checkout nobody knows how long they take. */
import { statSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

const first = ['explorations', 'browsers', 'servers'];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = new Map(tests.map((test) => [test, rank(test.context.config.displayName?.name)]));
    const size = new Map(tests.map((test) => [test, statSync(test.path).size]));
    return [...tests].sort((a, b) => place.get(a) - place.get(b) || size.get(b) - size.get(a));
  }
}

function rank(project) {
  return first.includes(project) ? first.indexOf(project) : first.length;
}
