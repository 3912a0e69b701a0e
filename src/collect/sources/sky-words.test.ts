import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findShared } from '../../../test/support/shared-data.js';
import { readTable } from '../../formats/csv.js';
import { readNasaItem, readNasaPage } from './nasa-answers.js';
import { nasaTerms } from './nasa-classes.js';
import { namedIn, notSky, skyRule } from './sky-words.js';

const six = skyRule(new Map(Object.entries(nasaTerms)));
const only = (...texts: readonly string[]) => namedIn(six, texts).only;

describe('the class that words name', () => {
  it('is the one that is named alone', () => {
    expect(only('Spiral Galaxy M81', 'Hubble')).toBe('galaxy');
    expect(only('The Nebulae of Orion')).toBe('nebula');
    expect(only('Star-forming region', 'Spitzer')).toBe('nebula');
    expect(only('Globular cluster M13')).toBe('star');
    expect(only('Asteroid Vesta', 'Dawn')).toBe('asteroid');
    expect(only('Planet in Repose', 'Saturn')).toBe('planet');
  });

  it('is none where two are named, or what only looks like it', () => {
    expect(only('A star cluster in a galaxy')).toBeUndefined();
    expect(only('Comet', 'Jupiter')).toBeUndefined();
    expect(only('Star Trek')).toBeUndefined();
    expect(only("Saturn's moon Rhea")).toBeUndefined();
    expect(only('Exoplanet')).toBeUndefined();
    expect(only('Startling news')).toBeUndefined();
    expect(only('')).toBeUndefined();
  });

  it('does not reach from one text into the next', () => {
    expect(only('A cluster of', 'galaxies')).toBe('galaxy');
    // "star" and "cluster" in two keywords are no star cluster, and "planetary" is no nebula's.
    expect(only('planetary', 'nebula')).toBeUndefined();
    expect(only('planetary nebula')).toBe('nebula');
  });

  it('may be one of a class of the user, known by its terms', () => {
    const rule = skyRule(
      new Map([
        ['ring', ['ring galaxy', 'polar ring']],
        ['galaxy', ['galaxy']],
      ]),
    );
    expect(namedIn(rule, ["Hoag's ring galaxy"]).only).toBe('ring');
    expect(namedIn(rule, ['A galaxy']).only).toBe('galaxy');
    expect(namedIn(rule, ['A comet'])).toEqual({ only: undefined, isElse: true });
    expect(namedIn(rule, ['A comet before a galaxy'])).toEqual({ only: undefined, isElse: false });
    expect(namedIn(rule, ['A moon']).isElse).toBe(false);
    expect(
      skyRule(
        new Map([
          ['__proto__', ['x']],
          ['constructor', ['y']],
        ]),
      ).classes.size,
    ).toBe(2);
  });
});

describe('what is not the sky', () => {
  it('is known by title and keywords, and by how a description begins', () => {
    expect(notSky(["A Tiny Planet Artist's Concept"], '')).toBe('artwork');
    expect(notSky(['Evening With The Stars - 2019'], '')).toBe('people');
    expect(notSky(['Inner Planets Diagram'], '')).toBe('diagram');
    expect(notSky(['A hill'], '')).toBeUndefined();
    expect(notSky(['Dunes', 'Curiosity Rover'], '')).toBe('ground');
    expect(notSky(['TRAPPIST-1'], '')).toBe('artwork');
    expect(notSky(['A Planet'], 'This artist’s concept shows a planet.')).toBe('artwork');
    expect(notSky(['A Planet'], 'This plot of data shows the light of a planet.')).toBe('diagram');
    expect(
      notSky(
        ['Antennae Galaxies', 'Hubble Space Telescope', 'Mars Reconnaissance Orbiter'],
        'The telescope was launched in 1990.',
      ),
    ).toBeUndefined();
  });
});

const answers = findShared('nasa_images_api');
describe.skipIf(!answers)('the real answers of the library', () => {
  const items = (file: string) => {
    const answer: unknown = JSON.parse(readFileSync(`${answers ?? ''}/${file}`, 'utf8'));
    return readNasaPage(answer, file).items.map(readNasaItem);
  };
  const isSky = ({ title, keywords, description }: ReturnType<typeof readNasaItem>) =>
    notSky([title, ...keywords], description) === undefined;

  it('of "planets" keep what an instrument saw: no artist, no orchestra', () => {
    const kept = items('planets.json').filter(isSky);
    // KSC's six are left out by their centre.
    expect(kept.filter(({ center }) => center !== 'KSC')).toHaveLength(26);
    const text = kept.map(({ title, description }) => `${title} ${description}`).join('\n');
    expect(text).not.toMatch(/artist|illustration|orchestra|diagram/i);
    expect(kept.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['PIA09784', 'PIA01282', 'PIA16823', 'S91-32389', 'PIA01253']),
    );
  });

  it('of "stars" keep five of a hundred', () => {
    const kept = items('stars.json').filter(isSky);
    expect(kept.map(({ title }) => title).filter((title) => /evening/i.test(title))).toEqual([]);
    expect(kept).toHaveLength(5);
  });
});

const apod = findShared('apod_text', 'apod.csv');
describe.skipIf(!apod)('titles of APOD', () => {
  it('get the label that another rule gives them, 98 of 100 times where both give one', async () => {
    const { columns, rows } = await readTable(apod ?? '');
    const [title, weak] = ['title', 'weak_label'].map((name) => columns.indexOf(name)) as [number, number];
    const pairs = rows
      .map(({ cells }) => [cells[weak] ?? '', only(cells[title] ?? '') ?? ''] as const)
      .filter(([a, b]) => a !== '' && b !== '');
    const same = pairs.filter(([a, b]) => a === b).length;
    expect(pairs.length).toBeGreaterThan(3100);
    expect(same / pairs.length).toBeGreaterThan(0.98);
  });
});
