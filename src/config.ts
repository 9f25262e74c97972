/**
 * Every setting, read and checked once. Environment variables win over the run file that `npm start` leaves in the
 * data folder, which wins over the defaults.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { EnrichmentSettings } from './services/enrichment.ts';
import type { ModelSettings } from './services/models/settings.ts';

const megabyte = 1024 * 1024;

/** `name=value` separated by commas; a value may hold `=`. */
function pairs(shape: string) {
  return z
    .string()
    .regex(/^[a-z0-9-]+=[^,]+(,[a-z0-9-]+=[^,]+)*$/, `expected ${shape} separated by commas; names in lower case`)
    .transform((text) =>
      text.split(',').map((pair) => [pair.split('=', 1)[0] ?? '', pair.replace(/^[^=]+=/, '')] as const),
    );
}

function seconds(usual: number) {
  return z.coerce.number().positive().max(3_600).default(usual);
}

const schema = z.object({
  /** Where files, embedded database and run file live. */
  FERMATA_DATA: z.string().min(1).default('.fermata'),
  /** Where fetched and built servers and browsers are kept, shared between checkouts. */
  FERMATA_CACHE: z
    .string()
    .min(1)
    .default(join(homedir(), '.cache', 'fermata')),
  /** `host:port` of a Temporal server; empty: the one that `npm start` runs. */
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).optional(),
  /** Name of a profile in the `temporal` configuration file. */
  TEMPORAL_PROFILE: z.string().min(1).optional(),
  /** Base address of Temporal's Web UI, for links to runs. */
  FERMATA_TEMPORAL_UI: z.url().optional(),
  /** PostgreSQL connection string; empty: the embedded one. */
  DATABASE_URL: z.string().min(1).optional(),
  FERMATA_TASK_QUEUE: z.string().min(1).default('fermata'),
  /** How long a Temporal server is waited for when connecting to it, in seconds. */
  FERMATA_CONNECT_TIMEOUT_S: seconds(6),
  /** How long the server has to answer one call, in seconds. */
  FERMATA_SERVER_TIMEOUT_S: seconds(10),
  /** How long a worker has to answer a command such as a decision, in seconds; while one is there it is asked again. */
  FERMATA_ANSWER_TIMEOUT_S: seconds(10),
  /** How long a worker has to answer for what a page or a list shows, in seconds; without an answer it shows less. */
  FERMATA_VIEW_TIMEOUT_S: seconds(5),
  /** Address that the inbox listens on. Its sign-in is a choice of names: leave it on this machine. */
  FERMATA_HOST: z.string().min(1).default('127.0.0.1'),
  /** Port of the inbox. */
  FERMATA_PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  /** Base address of links in mails. */
  FERMATA_PUBLIC_URL: z.url().optional(),
  /** Folder whose files the inbox's server hands to document-ingestion; empty: none. */
  FERMATA_WATCH: z.string().min(1).optional(),
  /** Port of the worker's Prometheus endpoint; 0 turns it off. */
  FERMATA_METRICS_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  FERMATA_LOG: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Path of the JSON file that says which user has which roles. */
  FERMATA_USERS: z.string().min(1).default('samples/users.json'),
  /** Path of the JSON file with the ready answers of support-ticket. */
  FERMATA_ANSWERS: z.string().min(1).default('samples/support/answers.json'),
  /** Largest document accepted, in MB. */
  FERMATA_MAX_DOCUMENT_MB: z.coerce.number().positive().default(25),
  /** Longest time a document may take to be read, in seconds. */
  FERMATA_READ_TIMEOUT_S: z.coerce.number().positive().default(30),
  /** Largest memory a process that reads documents may use, in MB. */
  FERMATA_READ_MEMORY_MB: z.coerce.number().positive().default(512),
  /** `s3://bucket/prefix?endpoint=…` of an S3-compatible store for documents; empty: the data folder. */
  FERMATA_FILES: z.string().min(1).optional(),
  /** Which model answers: `local`, `openai:<model>`, `anthropic:<model>` or `compatible:<model>@<url>`. */
  FERMATA_MODEL: z.string().min(1).default('local'),
  /** The cheaper model, said the same way; taken when a budget runs low. */
  FERMATA_MODEL_ECONOMY: z.string().min(1).optional(),
  FERMATA_MODEL_URL: z.url().optional(),
  /** Key of a compatible server; the others have `OPENAI_API_KEY` and `ANTHROPIC_API_KEY`. */
  FERMATA_MODEL_KEY: z.string().min(1).optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  /** `name=in/out,…`: dollars for a million tokens. */
  FERMATA_MODEL_PRICES: z.string().optional(),
  /** Longest time for one question, repairs included, in seconds. */
  FERMATA_MODEL_TIMEOUT_S: z.coerce.number().positive().default(100),
  /** How long a model's answer is kept, in hours; 0 keeps none. */
  FERMATA_MODEL_CACHE_HOURS: z.coerce.number().min(0).default(168),
  /** Hosts that processes may fetch from although they are not public, separated by commas. */
  FERMATA_OUTSIDE_ALLOW: z.string().default(''),
  /** `smtp://user:password@host:port` of a mail server; empty: the embedded one, whose mails the inbox shows. */
  FERMATA_SMTP_URL: z.string().min(1).optional(),
  /** Sender of our mails. */
  FERMATA_MAIL_FROM: z.email().optional(),
  /** Expenses below this amount need no approver. */
  FERMATA_EXPENSE_LIMIT: z
    .string()
    .regex(/^\d+(\.\d{1,2})?$/, 'expected an amount like 1000.00')
    .default('1000.00'),
  /** Folder that holds the files which data-sync may read. */
  FERMATA_IMPORT: z.string().min(1).default('samples'),
  /** `name=postgres://…,…`: databases whose tables data-sync may read. */
  FERMATA_SYNC_DATABASES: pairs('name=postgres://…').default([]),
  /** `source=secret,…` of signed webhooks; a source that comes twice has two secrets that both hold. */
  FERMATA_HOOK_SECRETS: pairs('source=secret').default([]),
  /** Bearer token of the HTTP API; empty: the API is off. */
  FERMATA_API_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  /** Invoices below this amount that are read with certainty and fit their order are paid without an approver. */
  FERMATA_INVOICE_AUTOMATIC_BELOW: z
    .string()
    .regex(/^\d+(\.\d{1,2})?$/, 'expected an amount like 250.00')
    .default('250.00'),
  /** Invoices from this amount on take two approvers. */
  FERMATA_INVOICE_TWO_FROM: z
    .string()
    .regex(/^\d+(\.\d{1,2})?$/, 'expected an amount like 5000.00')
    .default('5000.00'),
  /** `https://…/{value}` of the source that data-enrichment asks; empty: the embedded one, which knows countries. */
  FERMATA_ENRICHMENT_URL: z
    .string()
    .refine((url) => URL.canParse(url) && url.includes('{value}'), 'expected an address with {value} in it')
    .optional(),
  /** Bearer token of that source. */
  FERMATA_ENRICHMENT_TOKEN: z.string().min(1).optional(),
  /** Calls a second to that source, of all workers together. */
  FERMATA_ENRICHMENT_RATE: z.coerce.number().positive().max(1_000).default(10),
  /** How long its answers are kept, in hours. */
  FERMATA_ENRICHMENT_CACHE_HOURS: z.coerce.number().min(0).default(168),
  /** How long it is left alone after five failures in a row, in seconds. */
  FERMATA_ENRICHMENT_PAUSE_S: z.coerce.number().positive().default(30),
  /** Activities that one worker runs at a time. */
  FERMATA_MAX_ACTIVITIES: z.coerce.number().int().positive().default(40),
});

/** What `npm start` writes so that clients and workers in the same folder find its parts. */
const runFileSchema = z.object({
  pid: z.number(),
  temporalAddress: z.string(),
  temporalUi: z.string(),
  databaseUrl: z.string(),
  inboxUrl: z.string(),
  metricsUrl: z.string().optional(),
});
export type RunFile = z.infer<typeof runFileSchema>;

/** How long an answer is waited for, in milliseconds. */
export interface Limits {
  readonly connectMs: number;
  /** One call that the server itself answers. */
  readonly serverMs: number;
  /** What a worker has to answer a command. */
  readonly answerMs: number;
  /** What a worker has to answer for what is shown. */
  readonly viewMs: number;
}

export interface Settings {
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly temporal: {
    /** Set when the environment or the run file says where; otherwise the `temporal` profile decides. */
    readonly address: string | undefined;
    readonly namespace: string | undefined;
    readonly profile: string | undefined;
    /** Base address of the Web UI, when known. */
    readonly ui: string | undefined;
  };
  readonly databaseUrl: string | undefined;
  readonly taskQueue: string;
  readonly limits: Limits;
  readonly host: string;
  readonly port: number;
  readonly inboxUrl: string | undefined;
  /** Where people outside reach the web server. */
  readonly publicUrl: string;
  readonly watchFolder: string | undefined;
  readonly metricsPort: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly usersFile: string;
  readonly answersFile: string;
  readonly documents: { readonly maxBytes: number; readonly readTimeoutMs: number; readonly readMemoryMb: number };
  readonly maxActivities: number;
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string | undefined };
  /** Vendors that are real, by name; the others are the sandbox. */
  readonly vendors: Readonly<Record<string, { readonly url: string; readonly token?: string }>>;
  readonly expenseLimit: string;
  readonly invoices: { readonly automaticBelow: string; readonly twoFrom: string };
  readonly filesUrl: string | undefined;
  readonly models: ModelSettings;
  readonly outsideAllow: readonly string[];
  readonly enrichment: EnrichmentSettings;
  readonly importFolder: string;
  /** Connection strings by name. */
  readonly syncDatabases: Readonly<Record<string, string>>;
  /** Pairs of source and secret. */
  readonly hookSecrets: readonly (readonly [source: string, secret: string])[];
  readonly apiToken: string | undefined;
}

/** A setting that cannot be used; its message says which and why. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export function runFilePath(dataDir: string): string {
  return join(dataDir, 'run.json');
}

/** The addresses of the `npm start` that is up in this folder, or `undefined`. */
export function readRunFile(dataDir: string): RunFile | undefined {
  const path = runFilePath(dataDir);
  if (!existsSync(path)) return undefined;
  try {
    return runFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Reads and checks the settings. Throws {@link ConfigError} with one line per wrong setting. */
export function loadSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`settings that cannot be used:\n${lines.join('\n')}`);
  }
  const value = parsed.data;
  const dataDir = resolve(value.FERMATA_DATA);
  const run = readRunFile(dataDir);
  const elsewhere = value.TEMPORAL_ADDRESS !== undefined || value.TEMPORAL_PROFILE !== undefined;
  return {
    dataDir,
    cacheDir: resolve(value.FERMATA_CACHE),
    temporal: {
      address: value.TEMPORAL_ADDRESS ?? (elsewhere ? undefined : run?.temporalAddress),
      namespace: value.TEMPORAL_NAMESPACE,
      profile: value.TEMPORAL_PROFILE,
      ui: value.FERMATA_TEMPORAL_UI ?? (elsewhere ? undefined : run?.temporalUi),
    },
    databaseUrl: value.DATABASE_URL ?? run?.databaseUrl,
    taskQueue: value.FERMATA_TASK_QUEUE,
    limits: limitsOf(value),
    host: value.FERMATA_HOST,
    port: value.FERMATA_PORT,
    inboxUrl: run?.inboxUrl,
    publicUrl:
      value.FERMATA_PUBLIC_URL ?? run?.inboxUrl ?? `http://${value.FERMATA_HOST}:${value.FERMATA_PORT.toString()}`,
    watchFolder: value.FERMATA_WATCH === undefined ? undefined : resolve(value.FERMATA_WATCH),
    metricsPort: value.FERMATA_METRICS_PORT,
    logLevel: value.FERMATA_LOG,
    usersFile: value.FERMATA_USERS,
    answersFile: value.FERMATA_ANSWERS,
    documents: {
      maxBytes: value.FERMATA_MAX_DOCUMENT_MB * megabyte,
      readTimeoutMs: value.FERMATA_READ_TIMEOUT_S * 1000,
      readMemoryMb: value.FERMATA_READ_MEMORY_MB,
    },
    maxActivities: value.FERMATA_MAX_ACTIVITIES,
    mail: { smtpUrl: value.FERMATA_SMTP_URL, from: value.FERMATA_MAIL_FROM },
    vendors: vendorEndpoints(given),
    expenseLimit: value.FERMATA_EXPENSE_LIMIT,
    invoices: { automaticBelow: value.FERMATA_INVOICE_AUTOMATIC_BELOW, twoFrom: value.FERMATA_INVOICE_TWO_FROM },
    filesUrl: value.FERMATA_FILES,
    models: modelSettings(value),
    enrichment: {
      url: value.FERMATA_ENRICHMENT_URL,
      token: value.FERMATA_ENRICHMENT_TOKEN,
      callsPerSecond: value.FERMATA_ENRICHMENT_RATE,
      cacheMs: value.FERMATA_ENRICHMENT_CACHE_HOURS * 3_600_000,
      pauseMs: value.FERMATA_ENRICHMENT_PAUSE_S * 1000,
    },
    outsideAllow: value.FERMATA_OUTSIDE_ALLOW.split(',').filter((host) => host !== ''),
    importFolder: resolve(value.FERMATA_IMPORT),
    syncDatabases: Object.fromEntries(value.FERMATA_SYNC_DATABASES),
    hookSecrets: value.FERMATA_HOOK_SECRETS,
    apiToken: value.FERMATA_API_TOKEN,
  };
}

function limitsOf(value: z.infer<typeof schema>): Limits {
  return {
    connectMs: value.FERMATA_CONNECT_TIMEOUT_S * 1000,
    serverMs: value.FERMATA_SERVER_TIMEOUT_S * 1000,
    answerMs: value.FERMATA_ANSWER_TIMEOUT_S * 1000,
    viewMs: value.FERMATA_VIEW_TIMEOUT_S * 1000,
  };
}

function modelSettings(value: z.infer<typeof schema>): ModelSettings {
  return {
    model: value.FERMATA_MODEL,
    economyModel: value.FERMATA_MODEL_ECONOMY,
    url: value.FERMATA_MODEL_URL,
    keys: { openai: value.OPENAI_API_KEY, anthropic: value.ANTHROPIC_API_KEY, compatible: value.FERMATA_MODEL_KEY },
    prices: value.FERMATA_MODEL_PRICES,
    timeoutMs: value.FERMATA_MODEL_TIMEOUT_S * 1000,
    cacheMs: value.FERMATA_MODEL_CACHE_HOURS * 3_600_000,
  };
}

/** `FERMATA_VENDOR_<NAME>_URL` and `…_TOKEN` of each vendor that is real. */
function vendorEndpoints(env: Readonly<Record<string, string | undefined>>): Settings['vendors'] {
  const found = Object.entries(env).flatMap(([name, url]) => {
    const [, vendor] = /^FERMATA_VENDOR_([A-Z]+)_URL$/.exec(name) ?? [];
    if (vendor === undefined || url === undefined) return [];
    const token = env[`FERMATA_VENDOR_${vendor}_TOKEN`];
    return [[vendor.toLowerCase(), { url, ...(token === undefined ? {} : { token }) }] as const];
  });
  return Object.fromEntries(found);
}
