/** What words say of a picture of the sky: rules as data. */
import { matchKeywords, type KeywordRule } from '../../text/keywords.js';

/** Words and phrases, separated by commas. */
const list = (...lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(', '));

/** Words and phrases that name an object of a class. */
const classWords: Readonly<Record<string, readonly string[]>> = {
  asteroid: list('asteroid, minor planet, near-earth object, bennu, ryugu, itokawa, vesta, gaspra, mathilde, 433 eros'),
  comet: list('comet, cometary, churyumov gerasimenko, 67p, tempel 1, hartley 2, borrelly, hale bopp, hyakutake'),
  galaxy: list('galaxy, galaxy cluster, cluster of galaxies, magellanic cloud, quasar, blazar, deep field, sombrero, m31'),
  nebula: list(
    'nebula, planetary nebula, supernova remnant, star forming region, star formation, stellar nursery, star factory, molecular cloud',
    'hii region, h ii region, herbig haro, pillars of creation, dark cloud, cosmic cliffs',
  ),
  planet: list('planet, mercury, venus, mars, jupiter, saturn, uranus, neptune, gas giant, ice giant'),
  star: list(
    'star, star cluster, globular cluster, open cluster, stellar cluster, pleiades, supernova, nova, pulsar, magnetar, white dwarf',
    'brown dwarf, red giant, supergiant, cepheid',
  ),
};

/** What none of the classes means, and phrases that only look like theirs: they keep a rule from giving a label. */
const otherWords = list(
  'milky way, milky way galaxy, our galaxy, galactic center, galactic plane, black hole, constellation, zodiacal light',
  'moon, io, europa, ganymede, callisto, titan, enceladus, rhea, dione, tethys, mimas, iapetus, phobos, deimos, triton, charon',
  'eclipse, transit, aurora, meteor, meteorite, fireball, crater, sun, solar flare, sunspot, earth, dwarf planet, exoplanet',
  'extrasolar planet, protoplanetary, planetary, planetarium, star trail, star trek, star wars, shooting star, astronaut, rover',
  'curiosity, perseverance, spacecraft, saturn v, project mercury',
);

const other = 'other';

/** Which objects words may name. */
export interface SkyRule {
  readonly words: KeywordRule;
  /** Those that are asked for. */
  readonly classes: ReadonlySet<string>;
}

/**
 * The rule for classes: those of six names (asteroid, comet, galaxy, nebula, planet, star) by words of ours, any other by the words given. What is
 * not asked for is told apart all the same.
 */
export function skyRule(asked: ReadonlyMap<string, readonly string[]>): SkyRule {
  const own = [...asked].map(([name, words]): [string, readonly string[]] => [
    name,
    (Object.hasOwn(classWords, name) && classWords[name]) || words,
  ]);
  const classes = new Map([...own, ...Object.entries(classWords).filter(([name]) => !asked.has(name))]);
  // The first class of a keyword keeps it: what is asked for comes before what it could be taken for.
  classes.set(other, [...(classes.get(other) ?? []), ...otherWords]);
  return {
    words: { classes: Object.fromEntries(classes), otherwise: other, stems: 'english' },
    classes: new Set(asked.keys()),
  };
}

/** What words name. */
export interface Named {
  /** The class that is named, where nothing else is. */
  readonly only: string | undefined;
  /** Whether objects are named, and none of them is asked for. */
  readonly isElse: boolean;
}

/** Which objects texts name by a rule; each text by itself, so that no phrase reaches from one into the next. */
export function namedIn(rule: SkyRule, texts: readonly string[]): Named {
  const mentions = texts.map((text) => matchKeywords(rule.words, text).mentions);
  const named = Object.keys(rule.words.classes).filter((name) => mentions.some((counts) => (counts[name] ?? 0) > 0));
  const [first] = named;
  const isOne = named.length === 1 && first !== undefined;
  return {
    only: isOne && rule.classes.has(first) ? first : undefined,
    // Words outside of all classes say less: a moon or a constellation may stand beside what is meant.
    isElse: named.length > 0 && !named.some((name) => rule.classes.has(name) || name === other),
  };
}

const drawn = list(
  "artist concept, artist's concept, artist conception, artist's conception, artist impression, artist's impression",
  "artist rendition, artist's rendition, artists renditions, artist rendering, artist's rendering, artist depiction",
  "artist's depiction, artist's illustration, illustration credit, artist's view, artist's diagram, artwork",
  'computer simulation, scientific visualization',
);

/** In titles and keywords. */
const titleWords: KeywordRule = {
  classes: {
    artwork: [
      ...drawn,
      ...list('illustration, infographic, animation, simulation, simulated, montage, poster, concept, painting, stamp'),
      // Nobody has seen one as a disc.
      ...list('exoplanet, extrasolar planet, trappist 1, planetquest, habitable zone, hot jupiter, super earth'),
    ],
    diagram: list(
      'diagram, chart, graph, plot, schematic, spectrum of, spectra, light curve, timeline, logo, insignia, mission patch',
      'map, topography, stats, size of, sizes of, comparison, line up, lineup',
    ),
    people: list(
      'astronaut, cosmonaut, crew, expedition, administrator, press conference, briefing, ceremony, visitors, student, employee',
      'engineer, technician, workshop, lecture, performs, orchestra, science fair, evening with the stars, star trek, star wars',
      'all star, star party',
    ),
    hardware: list(
      'launch, liftoff, rollout, wind tunnel, clean room, mission control, space shuttle, sts, aircraft, payload, lab, laboratory',
      'facility, rocket, lander, test stand, thermal vacuum, spacesuit, space station, iss, orion spacecraft, saturn v',
      'project mercury, mercury redstone, mercury atlas, ground station',
    ),
    ground: list(
      'mars exploration rover, curiosity rover, mars science laboratory, perseverance rover, mars 2020 rover, opportunity rover',
      'spirit rover, phoenix mars lander, mars pathfinder, hirise, themis, mars reconnaissance orbiter mro, 2001 mars odyssey',
      'mars global surveyor mgs, dunes, gullies, landing site',
    ),
    graphic: list('proposed missions, mission logo, trading card, wallpaper, screensaver, cover art, book cover'),
  },
  otherwise: 'sky',
  stems: 'english',
};

/** In the first words of a description, where they speak of the picture itself. */
const openingWords: KeywordRule = {
  classes: {
    artwork: list(
      'this illustration, this animation, illustrations of, this still from, frame from a video, as imagined in, this infographic',
    ),
    diagram: list(
      'this diagram, this chart, this graph, this graphic, this plot, this figure charts, this schematic, this map, this table',
      'this figure illustrates',
    ),
  },
  otherwise: 'sky',
  stems: 'english',
};
/** Anywhere in a description: of pictures of the sky hardly anyone says so. */
const anyWords: KeywordRule = { classes: { artwork: drawn }, otherwise: 'sky', stems: 'english' };
const opening = 600;
const longest = 10_000;

/** What a picture seems to show instead of the sky, by its title and keywords or by its description. */
export function notSky(texts: readonly string[], description: string): string | undefined {
  const kind = texts.map((text) => matchKeywords(titleWords, text).label).find((label) => label !== titleWords.otherwise);
  if (kind !== undefined) return kind;
  const said = [
    matchKeywords(openingWords, description.slice(0, opening)),
    matchKeywords(anyWords, description.slice(0, longest)),
  ];
  return said.map(({ label }) => label).find((label) => label !== 'sky');
}
