/**
 * Makes samples/fraud/transactions.csv: `npx tsx test/support/fraud-examples.ts`. The examples are synthetic: no transaction
 * in them ever happened. They follow the rules below, and the test of the fraud model checks that the file is theirs.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Enough for the weights to be stable to two digits. */
const count = 4_000;

/** By how much each fact changes the odds of fraud: `odds = exp(base + sum)`. */
const effects = {
  base: -5.2,
  logRatio: 1.1,
  lastHour: 0.55,
  newCustomer: 0.7,
  night: 0.9,
  abroad: 1.2,
  riskyGoods: 1.1,
  newDevice: 1.3,
  others: 0.8,
  logAmount: 0.15,
};

/** Numbers from 0 to 1 that are the same on every machine (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The file's text. How often each fact occurs, then whether it is fraud, by its odds. */
export function fraudExamples(): string {
  const draw = seeded(20_261_101);
  const happens = (share: number): number => (draw() < share ? 1 : 0);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const names = [
    'logAmount',
    'night',
    'abroad',
    'riskyGoods',
    'logRatio',
    'lastHour',
    'newCustomer',
    'newDevice',
    'others',
  ];
  const lines = Array.from({ length: count }, () => {
    const newCustomer = happens(0.08);
    const facts: Readonly<Record<string, number>> = {
      logAmount: 3.6 + normal(),
      night: happens(0.1),
      abroad: happens(0.12),
      riskyGoods: happens(0.15),
      logRatio: newCustomer ? 0 : normal(),
      lastHour: newCustomer ? 0 : Math.min(10, Math.floor(-Math.log(1 - draw()) * 0.8)),
      newCustomer,
      newDevice: newCustomer ? 1 : happens(0.12),
      others: Math.min(5, happens(0.06) * (1 + Math.floor(draw() * 4))),
    };
    const logOdds = Object.entries(facts).reduce(
      (sum, [name, value]) => sum + effects[name as keyof typeof effects] * value,
      effects.base,
    );
    const fraud = happens(1 / (1 + Math.exp(-logOdds)));
    return [...names.map((name) => String(Number((facts[name] ?? 0).toFixed(3)))), String(fraud)].join(',');
  });
  return `${[...names, 'fraud'].join(',')}\n${lines.join('\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeFile(fileURLToPath(new URL('../../samples/fraud/transactions.csv', import.meta.url)), fraudExamples());
}
