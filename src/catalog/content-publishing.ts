import { z } from 'zod';
import type { contentPublishing } from '../workflows/content-publishing.ts';
import type { Process } from './process.ts';

const about = {
  title: z.string().trim().min(1).max(200).optional(),
  tone: z.string().trim().min(1).max(100).optional(),
  requester: z.string().min(1).optional(),
};

const articleRequest = z.union(
  [
    z.strictObject({ url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }), ...about }),
    z.strictObject({ path: z.string().min(1, 'expected the path of a file'), ...about }),
    z.strictObject({ topic: z.string().trim().min(2).max(200), ...about }),
    z.strictObject({
      hash: z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex'),
      name: z.string().min(1).max(500),
      size: z.number().int().nonnegative(),
      ...about,
    }),
  ],
  {
    error:
      'expected one of { "url" }, { "path" }, { "topic" } or { "hash", "name", "size" } of a file in the file store',
  },
) satisfies z.ZodType<Parameters<typeof contentPublishing>[0]>;

export const contentPublishingProcess: Process = {
  name: 'content-publishing',
  title: 'Content publishing',
  description:
    'Writes an article from a topic, an address or a file, improves it, and publishes what an editor approved.',
  workflowType: 'contentPublishing',
  input: articleRequest,
  sample: { path: 'samples/articles/inaugural-1961-kennedy.txt', title: 'What together we can do', requester: 'grace' },
  approvers: ['role:editor'],
  fromFile: ({ hash, name, size }) => ({ hash, name, size }),
};
