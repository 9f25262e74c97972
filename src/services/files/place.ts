/** Where files are kept, as FERMATA_FILES says it. */
import { ConfigError } from '../../config.ts';

/** A place in an S3-compatible store. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  /** Address of a store that is not Amazon's. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** Reads `s3://bucket/prefix?endpoint=http://host:9000&region=…`; throws {@link ConfigError} when it is not that. */
export function readS3Place(address: string): S3Place {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const endpoint = url?.searchParams.get('endpoint') ?? undefined;
  const known = [...(url?.searchParams.keys() ?? [])].every((name) => name === 'endpoint' || name === 'region');
  if (url?.protocol !== 's3:' || url.hostname === '' || url.username !== '' || !known || !isHttp(endpoint)) {
    throw new ConfigError(
      'FERMATA_FILES: expected s3://bucket/prefix, with ?endpoint=https://host for a store of yours',
    );
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    endpoint,
    region: url.searchParams.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1'),
  };
}

function isHttp(endpoint: string | undefined): boolean {
  return endpoint === undefined || (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol));
}
