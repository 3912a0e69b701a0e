import { createRequire } from 'node:module';

const { version, homepage } = createRequire(import.meta.url)('../../../package.json') as {
  readonly version: string;
  readonly homepage?: string;
};

/** The header User-Agent: `messier/1.2.3 (+https://...)`, the address where package.json has one. */
export const userAgent = `messier/${version}${homepage === undefined ? '' : ` (+${homepage})`}`;
