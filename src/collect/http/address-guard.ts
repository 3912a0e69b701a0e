import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { MessierError } from '../../core/errors.js';
import { shown } from './excerpt.js';
import type { GuardOptions } from './types.js';

/** Decides which addresses are asked. */
export interface AddressGuard {
  /**
   * Looks at an address as it stands.
   *
   * @throws MessierError `collect/address`, `collect/private-address`.
   */
  check(url: URL): void;
  /** Resolves the name of an address for its connection, which goes to what was looked at here; fails with `collect/private-address`. */
  lookup(url: URL): LookupFunction;
}

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type Resolve = (
  name: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[] | undefined) => void,
) => void;

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** Names of this machine (RFC 6761, 6.3), which not every resolver knows. */
const loopbackName = /(^|\.)localhost\.?$/;

/**
 * Is it an address of the public internet? In IPv4 what the registries of special purposes leave (RFC 6890); in IPv6 the same of 2000::/3 without
 * 6to4 and Teredo, and the forms that stand for an IPv4 address (::ffff:0:0/96, 64:ff9b::/96) where that one is public.
 *
 * @example
 * isPublic('169.254.169.254'); // false
 */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast';
  if (parsed.isIPv4MappedAddress() || parsed.match(nat64)) {
    return new ipaddr.IPv4(parsed.toByteArray().slice(12)).range() === 'unicast';
  }
  return parsed.match(globalUnicast) && parsed.range() === 'unicast';
}

/**
 * Lets requests to the public internet through, and those to hosts that were named or with `allowPrivate` to any.
 *
 * @throws MessierError `collect/origin` for a named address that is none.
 */
export function addressGuard(
  { allowPrivate = false, named = [] }: GuardOptions = {},
  resolve: Resolve = systemLookup,
): AddressGuard {
  const free = new Set(named.map((address) => placeOf(parse(address))));
  const isFree = (url: URL): boolean => allowPrivate || free.has(placeOf(url));
  return {
    check(url) {
      if (!/^https?:$/.test(url.protocol)) {
        throw new MessierError('collect/address', `Only http and https addresses are fetched, not "${shown(url.href)}".`);
      }
      if (url.username !== '' || url.password !== '') {
        const problem = `"${url.protocol}//...@${url.host}" has a name or password in it.`;
        throw new MessierError('collect/address', `${problem} Addresses with credentials are not fetched: take them out.`);
      }
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const isClosed = isIP(host) === 0 ? loopbackName.test(host) : !isPublic(host);
      if (isClosed && !isFree(url)) throw refusal(url, host);
    },
    lookup: (url) => (name, options, callback) => {
      resolve(name, { ...options, all: true }, (error, found) => {
        const closed = isFree(url) ? undefined : found?.find(({ address }) => !isPublic(address));
        const [first] = error ? [] : (found ?? []);
        if (closed) callback(refusal(url, closed.address), []);
        else if (!first) callback(error ?? Object.assign(new Error(`no address of ${name} is known`), { code: 'ENODATA' }), []);
        else if (options.all) callback(null, found ?? []);
        else callback(null, first.address, first.family);
      });
    },
  };
}

/** Host and port, whatever the scheme. */
const placeOf = ({ hostname, port, protocol }: URL): string => `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;

function parse(address: string): URL {
  if (URL.canParse(address)) return new URL(address);
  throw new MessierError('collect/origin', `A named address is an http or https address, not "${shown(address)}".`);
}

function refusal(url: URL, address: string): MessierError {
  const leads = url.hostname.includes(address) ? 'is' : `leads to ${address},`;
  return new MessierError(
    'collect/private-address',
    `"${shown(url.href)}" ${leads} an address of this machine, of a private network or of a reserved range, which is not fetched. ` +
      'If that is meant, allow it: allowPrivate in code, --allow-private on the command line.',
  );
}
