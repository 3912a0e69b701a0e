import type { Dim } from '../types.js';

/**
 * Arithmetic of dimensions, some of which are names. A result is a number or a canonical expression (`H*3`, `floor((H+1)/2)`),
 * so that two ways to the same size give the same string. `undefined` means: not expressible within bounds, invent a name.
 */

/** Longest expression kept; beyond it a caller invents a name. */
const longestExpression = 96;
const mostTerms = 8;

/** Coefficient of each product of atoms; the constant's key is `''`. Atoms of a product are sorted and joined by `*`. */
type Polynomial = ReadonlyMap<string, number>;

/** a + b. */
export function addDims(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return safe(a + b);
  const sum = new Map(parse(a));
  for (const [key, coefficient] of parse(b)) sum.set(key, (sum.get(key) ?? 0) + coefficient);
  return print(sum);
}

/** a - b. */
export function subtractDims(a: Dim, b: Dim): Dim | undefined {
  const negated = multiplyDims(b, -1);
  return negated === undefined ? undefined : addDims(a, negated);
}

/** a b. */
export function multiplyDims(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return safe(a * b);
  if (a === 1) return b;
  if (b === 1) return a;
  const product = new Map<string, number>();
  const right = parse(b);
  for (const [leftKey, left] of parse(a)) {
    for (const [rightKey, coefficient] of right) {
      const key = [...atoms(leftKey), ...atoms(rightKey)].sort().join('*');
      product.set(key, (product.get(key) ?? 0) + left * coefficient);
    }
    if (product.size > mostTerms) return undefined;
  }
  return print(product);
}

/** The product of all dimensions, 1 for none. */
export function productOf(dims: readonly Dim[]): Dim | undefined {
  let product: Dim | undefined = 1;
  for (const dim of dims) {
    if (product === undefined) return undefined;
    product = multiplyDims(product, dim);
  }
  return product;
}

/** floor(a / b) for a positive whole number b. */
export function floorDivide(a: Dim, b: number): Dim | undefined {
  if (b < 1 || !Number.isSafeInteger(b)) return undefined;
  if (b === 1) return a;
  if (typeof a === 'number') return Math.floor(a / b);
  const whole = new Map<string, number>();
  const rest = new Map<string, number>();
  for (const [key, coefficient] of parse(a)) {
    const quotient = key === '' || coefficient % b === 0 ? Math.floor(coefficient / b) : 0;
    whole.set(key, quotient);
    rest.set(key, coefficient - quotient * b);
  }
  const remainder = print(rest);
  if (remainder === undefined) return undefined;
  const floor = typeof remainder === 'number' ? 0 : floorAtom(remainder, b);
  const pulled = print(whole);
  return floor === undefined || pulled === undefined ? undefined : addDims(pulled, floor);
}

/** The product of `numerator` over the product of `denominator` where it divides exactly; `undefined` where that cannot be known. */
export function quotientOf(numerator: readonly Dim[], denominator: readonly Dim[]): Dim | undefined {
  const rest = [...numerator];
  const divisor: Dim[] = [];
  for (const dim of denominator) {
    const at = rest.indexOf(dim);
    if (at >= 0) rest.splice(at, 1);
    else divisor.push(dim);
  }
  const above = productOf(rest);
  const below = productOf(divisor);
  if (above === undefined || below === undefined || below === 0) return undefined;
  if (above === below) return 1;
  const terms = [...parse(below)];
  const [only] = terms;
  if (!only || terms.length > 1) return undefined;
  const quotient = new Map<string, number>();
  for (const [key, coefficient] of parse(above)) {
    const left = atoms(key);
    for (const atom of atoms(only[0])) {
      const at = left.indexOf(atom);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    if (coefficient % only[1] !== 0) return undefined;
    quotient.set(left.join('*'), coefficient / only[1]);
  }
  return print(quotient);
}

/** floor(numerator / b), with floor((floor(x / c) + d) / b) written as floor((x + d c) / (b c)). */
function floorAtom(numerator: string, b: number): Dim | undefined {
  const terms = parse(numerator);
  const [symbolic, ...others] = [...terms].filter(([key]) => key !== '');
  const inner = symbolic && others.length === 0 && symbolic[1] === 1 ? /^floor\(\((.*)\)\/(\d+)\)$/.exec(symbolic[0]) : null;
  if (inner?.[1] !== undefined && balanced(inner[1])) {
    const c = Number(inner[2]);
    const merged = addDims(inner[1], (terms.get('') ?? 0) * c);
    return merged === undefined ? undefined : floorDivide(merged, b * c);
  }
  const text = `floor((${numerator})/${b})`;
  return text.length > longestExpression ? undefined : text;
}

function parse(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map([['', dim]]);
  const whole = new Map([[dim === '' ? '?' : dim, 1]]);
  if (dim.length > 2 * longestExpression || !balanced(dim)) return whole;
  const terms = new Map<string, number>();
  for (const term of splitOutside(dim, /[+-]/)) {
    let coefficient = term.separator === '-' ? -1 : 1;
    const names: string[] = [];
    for (const { text } of splitOutside(term.text, /\*/)) {
      if (text === '') return whole;
      if (/^\d+$/.test(text)) coefficient *= Number(text);
      else names.push(text);
    }
    const key = names.sort().join('*');
    terms.set(key, (terms.get(key) ?? 0) + coefficient);
  }
  return terms;
}

function print(terms: Polynomial): Dim | undefined {
  const kept = [...terms].filter(([, coefficient]) => coefficient !== 0);
  if (kept.length > mostTerms || kept.some(([, coefficient]) => !Number.isSafeInteger(coefficient))) return undefined;
  const constant = kept.find(([key]) => key === '')?.[1] ?? 0;
  const symbolic = kept.filter(([key]) => key !== '');
  if (symbolic.length === 0) return constant;
  symbolic.sort(([a, x], [b, y]) => Math.sign(y) - Math.sign(x) || (a < b ? -1 : 1));
  let text = '';
  for (const [key, coefficient] of symbolic) {
    const size = Math.abs(coefficient);
    text += `${coefficient < 0 ? '-' : text === '' ? '' : '+'}${key}${size === 1 ? '' : `*${size}`}`;
  }
  if (constant !== 0) text += constant < 0 ? String(constant) : `+${constant}`;
  return text.length > longestExpression ? undefined : text;
}

function atoms(key: string): string[] {
  return key === '' ? [] : splitOutside(key, /\*/).map(({ text }) => text);
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    else if (character === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

/** The pieces of a text between separators that stand outside parentheses, each with the separator before it. */
function splitOutside(text: string, separators: RegExp): { separator: string; text: string }[] {
  const pieces: { separator: string; text: string }[] = [];
  let depth = 0;
  let separator = '';
  let piece = '';
  for (const character of text) {
    if (
      depth === 0 &&
      separators.test(character) &&
      !(piece === '' && pieces.length === 0 && separator === '' && character === '-')
    ) {
      pieces.push({ separator, text: piece });
      separator = character;
      piece = '';
      continue;
    }
    if (depth === 0 && piece === '' && separator === '' && pieces.length === 0 && character === '-') {
      separator = '-';
      continue;
    }
    if (character === '(') depth++;
    else if (character === ')') depth--;
    piece += character;
  }
  pieces.push({ separator, text: piece });
  return pieces;
}

function safe(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}
