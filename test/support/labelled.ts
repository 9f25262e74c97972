/** Small sets of labelled texts, told apart by their words. */
const topics = {
  fruit: ['apple', 'pear', 'cherry', 'plum', 'peach', 'melon', 'grape', 'lemon'],
  tool: ['hammer', 'saw', 'drill', 'wrench', 'chisel', 'pliers', 'file', 'ruler'],
  animal: ['horse', 'goat', 'sheep', 'otter', 'badger', 'heron', 'trout', 'moth'],
} as const;

type Topic = keyof typeof topics;

/**
 * A CSV file with 32 texts of each topic. `mislabelled` gives some of them the label of the next topic, so that a model
 * learns nonsense.
 */
export function labelledCsv(mislabelled: 'none' | 'some' | 'all' = 'none'): string {
  const names = Object.keys(topics) as Topic[];
  const rows = names.flatMap((topic, place) =>
    topics[topic].flatMap((word, index) =>
      Array.from({ length: 4 }, (_, copy) => {
        const other = topics[topic][(index + copy + 1) % 8] ?? word;
        const wrong = mislabelled === 'all' || (mislabelled === 'some' && (index + copy) % 2 === 0);
        const label = wrong ? names[(place + 1) % names.length] : topic;
        return `I have seen a ${word} and then a ${other} number ${String(copy)},${label ?? topic}`;
      }),
    ),
  );
  return ['text,category', ...rows].join('\n');
}
