/** Which addresses a request to the outside may go to: those of the public internet. */
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { invalid } from '../../failures.ts';

/** Finds the addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** Public by their number, yet they answer inside a cloud only. */
const cloudAddresses: ReadonlySet<string> = new Set(['168.63.129.16']);
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether an IP address is one of the public internet: not private, loopback, link-local, shared, multicast, reserved. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // Turns IPv4-mapped IPv6 into the IPv4 it means.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast' || cloudAddresses.has(parsed.toString())) return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
}

/** The name of a URL's host as it is compared: lower case, no brackets, no dot at the end. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/**
 * Fails with `OutsideForbidden` when the URL names a local address outright. Decimal, octal and hexadecimal forms are
 * plain addresses by now: URL has normalized them.
 */
export function refuseLocalName(host: string): void {
  const isAddress = ipaddr.isValid(host);
  if (isAddress ? !isPublic(host) : host === 'localhost' || host.endsWith('.localhost')) throw forbidden(host);
}

/**
 * A look-up for one connection: what it has checked is what is connected to, so that a name cannot change its mind in
 * between. One forbidden address among several forbids all.
 */
export function guardedLookup(resolve: Resolve, isAllowed: boolean): LookupFunction {
  return (host, options, done) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (first === undefined) done(new Error(`${host} has no address`), '');
      else if (!isAllowed && !addresses.every(({ address }) => isPublic(address))) done(forbidden(host), '');
      else if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    };
    resolve(host).then(answer, (error: unknown) => {
      done(error instanceof Error ? error : new Error(String(error)), '');
    });
  };
}

function forbidden(host: string): Error {
  return invalid(
    'OutsideForbidden',
    `${host} is not an address of the public internet; FERMATA_OUTSIDE_ALLOW=${host} allows it`,
  );
}
