import { MessierError } from '../core/errors.js';

/**
 * The same path at a mirror (`http://localhost:8080/records/...` for `https://zenodo.org/records/...`); the address itself without one.
 *
 * @throws MessierError `collect/origin` for a mirror that is no http or https address.
 */
export function mirrored(url: string, origin: string | undefined): string {
  if (!origin) return url;
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) {
    throw new MessierError('collect/origin', `A mirror is an http or https address, not "${origin}".`);
  }
  const { pathname, search } = new URL(url);
  return origin.replace(/\/+$/, '') + pathname + search;
}
