/** Who may decide what: the users, their roles and their addresses, from one JSON file. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config.ts';

const userSchema = z.object({
  name: z.string().regex(/^[a-z0-9._-]+$/, 'expected lower case letters, digits, dot, dash'),
  title: z.string().min(1),
  roles: z.array(z.string().min(1)),
  /** @default `<name>@fermata.example` */
  email: z.email().optional(),
});
const directorySchema = z.object({ users: z.array(userSchema).min(1) });

type User = z.infer<typeof userSchema>;

export interface Directory {
  readonly users: readonly User[];
  /** The roles of a user; `undefined` for a name that is not in the directory. */
  rolesOf(name: string): readonly string[] | undefined;
  /**
   * Addresses of `user:ada`, of everybody with `role:approver`, and of what is an address already; each once, without
   * the user `except`. Names that nobody has are left out.
   */
  addressesOf(people: readonly string[], except?: string | null): string[];
}

/** Reads the directory; throws {@link ConfigError} when the file is missing or not as expected. */
export function loadDirectory(usersFile: string): Directory {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(usersFile, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cannot read the users file ${usersFile}: ${reason}; set FERMATA_USERS to its path`);
  }
  const parsed = directorySchema.safeParse(content);
  if (!parsed.success) throw new ConfigError(`users file ${usersFile}: ${z.prettifyError(parsed.error)}`);
  const { users } = parsed.data;
  return {
    users,
    rolesOf: (name) => users.find((user) => user.name === name)?.roles,
    addressesOf: (people, except) => {
      const found = people.flatMap((who) => (who.includes('@') ? [who] : matching(users, who, except).map(addressOf)));
      return [...new Set(found)];
    },
  };
}

function matching(users: readonly User[], who: string, except: string | null | undefined): User[] {
  const [kind, name = ''] = who.split(':');
  return users
    .filter((user) => user.name !== except)
    .filter((user) => (kind === 'role' ? user.roles.includes(name) : kind === 'user' && user.name === name));
}

function addressOf(user: User): string {
  return user.email ?? `${user.name}@fermata.example`;
}
