/** The list of the US Treasury (OFAC), from its files `sdn.csv` and `alt.csv`. */
import { parse } from 'csv-parse/sync';
import { failure } from '../../failures.ts';

/** A person, organization, vessel or aircraft under sanctions, with all its names. */
export interface SanctionEntry {
  readonly entry: number;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kind: 'individual' | 'organization' | 'vessel' | 'aircraft';
  /** Short names of the programs, separated by commas. */
  readonly programs: string;
  /** Dates of birth, passports and more, as the list writes it. */
  readonly remarks: string | null;
}

/** Reads both files. Fails with `SanctionsUnreadable` (category `logic`): a list without names would clear anybody. */
export function readOfac(sdn: string, alt: string): readonly SanctionEntry[] {
  const aliases = new Map<number, string[]>();
  for (const [entry, , , name] of rowsOf(alt)) {
    if (name === undefined || name === null) continue;
    aliases.set(Number(entry), [...(aliases.get(Number(entry)) ?? []), name]);
  }
  const entries = rowsOf(sdn).flatMap(([number, name, kind, programs, , , , , , , , remarks]): SanctionEntry[] => {
    const entry = Number(number);
    if (!Number.isInteger(entry) || name === null || name === undefined) return [];
    const known = kind === 'individual' || kind === 'vessel' || kind === 'aircraft' ? kind : 'organization';
    return [
      {
        entry,
        name,
        aliases: aliases.get(entry) ?? [],
        kind: known,
        programs: (programs ?? '').replaceAll('] [', ', '),
        remarks: remarks ?? null,
      },
    ];
  });
  if (entries.length === 0) {
    throw failure('logic', 'the sanctions list has no names: sdn.csv is not a list of the OFAC', {
      type: 'SanctionsUnreadable',
    });
  }
  return entries;
}

/** Cells without a value are written `-0-`; the last row may be a lone end-of-file character. */
function rowsOf(csv: string): readonly (readonly (string | null)[])[] {
  const rows = parse(csv, {
    relax_column_count: true,
    relax_quotes: true,
    trim: true,
    skip_empty_lines: true,
    bom: true,
  }) as unknown as readonly (readonly string[])[];
  return rows.map((row) => row.map((cell) => (cell === '-0-' || cell === '' ? null : cell)));
}
