import { DOMParser } from 'linkedom/worker';
import { MessierError } from '../core/errors.js';
import type { S3Settings } from './s3-settings.js';

/** An XML element, as far as it is used; neither Node nor linkedom's declarations have a type of it that fits both. */
interface XmlElement {
  readonly tagName: string;
  readonly textContent: string;
  readonly children: Iterable<XmlElement>;
}

/** What a server answers, read whole. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Levels of elements in an answer. */
const deepest = 16;

/** Codes of S3 whose cause passes: another attempt may succeed. */
const passingCodes = new Set([
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'Throttling',
  'OperationAborted',
]);

/** Whether another attempt may be answered otherwise. */
export function mayPass(answer: S3Answer): boolean {
  const { status } = answer;
  return [408, 425, 429].includes(status) || (status >= 500 && status !== 501) || passingCodes.has(errorOf(answer).code);
}

/** Whether the body is S3's description of a failure. */
export function saysError(answer: S3Answer): boolean {
  return errorOf(answer).code !== '';
}

/**
 * The children of an answer's root as names and elements. Only an answer that is whole counts: a proxy's HTML or a text that was cut does not.
 *
 * @throws MessierError `blob/s3-answer`.
 */
export function readXml(answer: S3Answer, root: string): Xml {
  const text = new TextDecoder().decode(answer.body).trim();
  const element = text.endsWith(`</${root}>`) || text.endsWith('/>') ? rootOf(text) : undefined;
  if (element?.tagName !== root) {
    throw new MessierError(
      'blob/s3-answer',
      `The S3 store should answer with <${root}>; received ${JSON.stringify(text.slice(0, 80))}. Check AWS_ENDPOINT_URL_S3.`,
    );
  }
  return new Xml(element);
}

/** An element whose children hold texts or elements. */
export class Xml {
  constructor(private readonly element: XmlElement) {}

  /** Text of the child of this name; `''` without one. */
  text(name: string): string {
    for (const child of this.element.children) if (child.tagName === name) return child.textContent.trim();
    return '';
  }

  all(name: string): readonly Xml[] {
    return [...this.element.children].filter((child) => child.tagName === name).map((child) => new Xml(child));
  }
}

/** What the store says of a failure, in its own code. HEAD and many proxies say nothing. */
function errorOf(answer: S3Answer): { readonly code: string; readonly message: string; readonly region: string } {
  const text = new TextDecoder().decode(answer.body.subarray(0, 65_536));
  const element = rootOf(text);
  const error = element?.tagName === 'Error' ? new Xml(element) : undefined;
  const region = error?.text('Region') || answer.headers.get('x-amz-bucket-region') || '';
  return {
    code: plain(error?.text('Code') ?? '', 60),
    message: plain(error?.text('Message') ?? '', 200),
    region: plain(region, 30),
  };
}

/** A refusal as ours, with the store's own code and the way out. */
export function refusal(answer: S3Answer, settings: S3Settings, what: string): MessierError {
  const { status, headers } = answer;
  const { code, message, region } = errorOf(answer);
  const said = `${what}: status ${status}${code === '' ? '' : `, ${code}`}${message === '' ? '' : ` ("${message}")`}.`;
  const error = (kind: string, way: string) => new MessierError(`blob/${kind}`, `${withoutSecrets(said, settings)} ${way}`);
  if (code === 'RequestTimeTooSkewed') {
    const minutes = Math.round((Date.parse(headers.get('date') ?? '') - Date.now()) / 60_000);
    const apart = Number.isFinite(minutes)
      ? `: this computer's is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'ahead of' : 'behind'} the store's`
      : '';
    return error('s3-clock', `Requests are signed with the time, and two clocks are apart${apart}. Set the clock.`);
  }
  if (code === 'NoSuchBucket' || code === 'InvalidBucketName') {
    return error(
      's3-bucket',
      `There is no such bucket at ${settings.address}. Make it, or correct MESSIER_BLOBS and AWS_ENDPOINT_URL_S3.`,
    );
  }
  if (code === 'AuthorizationHeaderMalformed' || code === 'PermanentRedirect' || (status >= 300 && status < 400)) {
    const name = region === '' ? 'its own region' : region;
    return error('s3-region', `The bucket was asked in the region ${settings.region}. Set AWS_REGION to ${name}.`);
  }
  if (code === 'NoSuchUpload') return error('s3-upload', 'Another process has ended this upload. Try again.');
  if (code === 'NotImplemented' || status === 501) return error('s3-lacks', 'This store does not know the request.');
  if (status === 401 || status === 403 || code === 'ExpiredToken' || code === 'InvalidToken') {
    return error(
      's3-access',
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and that they may list, read, write and delete in the bucket.',
    );
  }
  if (status === 404) return error('s3-absent', 'Check MESSIER_BLOBS and AWS_ENDPOINT_URL_S3.');
  return error('s3-answer', 'Check that AWS_ENDPOINT_URL_S3 is an S3 store, and its log.');
}

/** Stores repeat parts of a request in their messages. */
export function withoutSecrets(text: string, { secretKey, sessionToken }: S3Settings): string {
  const hidden = text.replaceAll(secretKey, '***');
  return sessionToken === undefined ? hidden : hidden.replaceAll(sessionToken, '***');
}

/** Text from outside on a line of ours: no control characters, no end of quotation. */
function plain(text: string, most: number): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"]/gu, ' ').slice(0, most);
}

function rootOf(text: string): XmlElement | undefined {
  if (!text.trimStart().startsWith('<') || isDeep(text)) return undefined;
  const document = new DOMParser().parseFromString(text, 'text/xml') as unknown as {
    readonly documentElement: XmlElement | null;
  };
  return document.documentElement ?? undefined;
}

/** Answers of S3 have four levels; the parser's time grows with the square of their number. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [tag] of text.matchAll(/<[^<>]*>/g)) {
    if (tag.startsWith('</')) depth--;
    else if (!tag.endsWith('/>') && !/^<[?!]/.test(tag)) depth++;
    if (depth > deepest) return true;
  }
  return false;
}
