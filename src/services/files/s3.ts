/** Files in an S3-compatible store. Loaded only where it is configured: the client is large. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { failure, invalid } from '../../failures.ts';
import type { S3Place } from './place.ts';

/** Bytes by name, before hashes are checked. */
export interface ObjectStore {
  has(hash: string): Promise<boolean>;
  /** Fails with `FileMissing`. */
  get(hash: string): Promise<Uint8Array>;
  /** From `from` up to and not including `to`, fewer at the end. Fails with `FileMissing`. */
  getPart(hash: string, from: number, to: number): Promise<Uint8Array>;
  put(hash: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Opens the store with the usual AWS_* variables, profiles and roles. Fails with `FileStoreLogin` (logic) where it is
 * not let in or the bucket is missing, else with `FileStoreDown` (dependency), after three attempts of its own.
 */
export function openS3(place: S3Place): ObjectStore {
  const { endpoint, region } = place;
  const client = new S3Client({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
    // Stores other than Amazon's do not all know the newer checksums; our own hash is checked anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
  const at = (hash: string) => ({ Bucket: place.bucket, Key: `${place.prefix}${hash.slice(0, 2)}/${hash}` });
  const has = async (hash: string): Promise<boolean> => {
    try {
      await client.send(new HeadObjectCommand(at(hash)));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw failureOf(error, place);
    }
  };
  const get = async (hash: string, range?: string): Promise<Uint8Array> => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ ...at(hash), ...(range && { Range: range }) }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      if (isMissing(error)) throw invalid('FileMissing', `no file ${hash} in the file store`);
      if (error instanceof S3ServiceException && error.name === 'InvalidRange') return new Uint8Array();
      throw failureOf(error, place);
    }
  };
  return {
    has,
    get: (hash) => get(hash),
    getPart: async (hash, from, to) =>
      from >= to ? new Uint8Array() : get(hash, `bytes=${String(from)}-${String(to - 1)}`),
    async put(hash, bytes) {
      if (await has(hash)) return;
      try {
        await client.send(new PutObjectCommand({ ...at(hash), Body: bytes, ContentType: 'application/octet-stream' }));
      } catch (error) {
        throw failureOf(error, place);
      }
    },
  };
}

function isMissing(error: unknown): boolean {
  // A bucket that is missing is another matter; HEAD cannot tell the two apart, the PUT or GET that follows can.
  return error instanceof S3ServiceException && ['NotFound', 'NoSuchKey'].includes(error.name);
}

function failureOf(error: unknown, { bucket }: S3Place): Error {
  const reason = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : String(error);
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const isOurs = error instanceof Error && ['NoSuchBucket', 'CredentialsProviderError'].includes(error.name);
  if (isOurs || status === 401 || status === 403) {
    return failure('logic', `the bucket ${bucket} cannot be used (${reason}); check FERMATA_FILES and AWS_*`, {
      type: 'FileStoreLogin',
      cause: error,
    });
  }
  return failure('dependency', `the bucket ${bucket} does not answer (${reason})`, {
    type: 'FileStoreDown',
    cause: error,
  });
}
