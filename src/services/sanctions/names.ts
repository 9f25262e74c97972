/** Names of people and organizations, compared whatever their spelling and order of words. */

/** Letters that do not come apart into a plain letter and an accent. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
};

/** Legal forms say nothing about who it is. */
const legalForms = new Set(
  'co company corp corporation inc incorporated limited llc ltd gmbh ag sa srl spa plc'.split(' '),
);

/** Words that very many names have: they count a quarter. */
const particles = new Set('abu al and bin bint da de del der di dos e el ibn la of the van von y'.split(' '));

/** The words of a name in plain lower-case Latin letters, in alphabetical order; none for another script. */
export function nameWords(name: string): readonly string[] {
  const plain = name
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøđðłþı]/gu, (letter) => plainLetters[letter] ?? letter)
    .replace(/['’‘ʼʿʾ`.]/gu, '');
  const words = plain.match(/[a-z0-9]+/gu) ?? [];
  const telling = words.filter((word) => !legalForms.has(word));
  return (telling.length > 0 ? telling : words).sort();
}

function weightOf(word: string): number {
  return particles.has(word) || word.length === 1 ? 0.25 : 1;
}

/** Words less alike than this are different words. */
const leastAlike = 0.8;

/**
 * How alike two names are, 0 to 1, from their words. Each word is compared with the most similar one that is left on
 * the other side, and a word that differs counts by the square of its similarity: Hans is not Khan. What the first name has and the second lacks counts three times what the second has in excess:
 * lists give more names of a person than that person does.
 */
export function nameSimilarity(asked: readonly string[], listed: readonly string[]): number {
  const pairs = asked
    .flatMap((one, place) => listed.map((other, index) => ({ place, index, alike: wordSimilarity(one, other) })))
    .filter(({ alike }) => alike >= leastAlike)
    .sort((a, b) => b.alike - a.alike);
  const used = { asked: new Set<number>(), listed: new Set<number>() };
  let [found, covered] = [0, 0];
  for (const { place, index, alike } of pairs) {
    if (used.asked.has(place) || used.listed.has(index)) continue;
    used.asked.add(place);
    used.listed.add(index);
    found += alike ** 2 * weightOf(asked[place] ?? '');
    covered += alike ** 2 * weightOf(listed[index] ?? '');
  }
  const total = (words: readonly string[]): number => words.reduce((sum, word) => sum + weightOf(word), 0) || 1;
  return 0.75 * (found / total(asked)) + 0.25 * (covered / total(listed));
}

/** Similarity of two words after Jaro and Winkler: letters in common, their order, and a common beginning. */
function wordSimilarity(one: string, other: string): number {
  if (one === other) return 1;
  const reach = Math.max(0, Math.floor(Math.max(one.length, other.length) / 2) - 1);
  const taken = new Set<number>();
  const common: string[] = [];
  Array.from(one).forEach((letter, place) => {
    for (let at = Math.max(0, place - reach); at <= Math.min(other.length - 1, place + reach); at += 1) {
      if (taken.has(at) || other[at] !== letter) continue;
      taken.add(at);
      common.push(letter);
      return;
    }
  });
  if (common.length === 0) return 0;
  const mirrored = [...taken].sort((a, b) => a - b).map((at) => other[at]);
  const swapped = common.filter((letter, index) => letter !== mirrored[index]).length / 2;
  const jaro =
    (common.length / one.length + common.length / other.length + (common.length - swapped) / common.length) / 3;
  let prefix = 0;
  while (prefix < 4 && one[prefix] !== undefined && one[prefix] === other[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}
