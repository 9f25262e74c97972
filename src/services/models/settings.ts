/** Which model answers, as the environment says it. */
import { ConfigError } from '../../config.ts';

/** Dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

export interface ModelSettings {
  /** `FERMATA_MODEL`: `local`, `openai:<model>`, `anthropic:<model>` or `compatible:<model>@<url>`. */
  readonly model: string;
  /** `FERMATA_MODEL_ECONOMY`: the cheaper model, said the same way; taken when a budget runs low. */
  readonly economyModel?: string | undefined;
  /** `FERMATA_MODEL_URL`: base address for `compatible:<model>`, or of a proxy in front of the others. */
  readonly url?: string | undefined;
  /** `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, and `FERMATA_MODEL_KEY` for a compatible server. */
  readonly keys: {
    readonly openai?: string | undefined;
    readonly anthropic?: string | undefined;
    readonly compatible?: string | undefined;
  };
  /** `FERMATA_MODEL_PRICES`: `gpt-x=1.25/10,other=0.2/0.8`, dollars for a million tokens in and out. */
  readonly prices?: string | undefined;
  /** `FERMATA_MODEL_TIMEOUT_S`, in milliseconds: the longest that a question may take, repairs included. */
  readonly timeoutMs: number;
  /** `FERMATA_MODEL_CACHE_HOURS`, in milliseconds: how long an answer is kept; 0 keeps none. */
  readonly cacheMs: number;
}

/** One model of a provider. */
export interface ModelChoice {
  readonly provider: 'openai' | 'anthropic' | 'compatible';
  readonly model: string;
  readonly url: string | undefined;
}

const wanted = 'expected local, openai:<model>, anthropic:<model> or compatible:<model>@<url>';

/** Reads `openai:<model>` and its like; `undefined` for `local`. Throws {@link ConfigError} for anything else. */
export function parseModel(text: string, url?: string): ModelChoice | undefined {
  if (text === 'local' || text === '') return undefined;
  const [, provider, rest] = /^(openai|anthropic|compatible):(.+)$/.exec(text) ?? [];
  if (rest === undefined) throw new ConfigError(`FERMATA_MODEL: ${wanted}, got '${text}'`);
  if (provider !== 'compatible') return { provider: provider === 'openai' ? 'openai' : 'anthropic', model: rest, url };
  const [, model = rest, own] = /^(.+?)@(https?:\/\/.+)$/.exec(rest) ?? [];
  const address = own ?? url;
  if (address === undefined || !URL.canParse(address)) {
    throw new ConfigError(
      `FERMATA_MODEL: '${text}' names no address; write compatible:${model}@<url> or set FERMATA_MODEL_URL`,
    );
  }
  return { provider, model, url: address };
}

/** Reads `name=in/out,…`. Throws {@link ConfigError} for anything else. */
export function parsePrices(text: string): ReadonlyMap<string, Price> {
  const entries = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return new Map(
    entries.map((entry) => {
      const [, name, input, output] = /^(.+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(entry) ?? [];
      if (name === undefined) {
        throw new ConfigError(
          `FERMATA_MODEL_PRICES: expected name=in/out in dollars for a million tokens, got '${entry}'`,
        );
      }
      return [name.trim(), { input: Number(input), output: Number(output) }];
    }),
  );
}
