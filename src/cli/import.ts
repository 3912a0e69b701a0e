import { join } from 'node:path';
import { z } from 'zod';
import { importPublicSet, publicSets } from '../collect/public-sets.js';
import { messierHome } from '../formats/home.js';
import { defineCommand } from './command.js';

export const command = defineCommand({
  summary: 'Download a public data set, resumed where it broke off and verified by its checksum.',
  arguments: {
    '<set>': Object.entries(publicSets)
      .map(([name, { content }]) => `${name}: ${content}`)
      .join('\n'),
  },
  options: z.strictObject({
    to: z.string().min(1).optional().describe('folder for the files (default: data in MESSIER_HOME)').meta({ value: 'DIR' }),
    mirror: z.url().optional().describe('take the files from this address instead of the original one').meta({ value: 'URL' }),
  }),
  details: 'What was downloaded before is checked and kept. Ctrl-C keeps what has arrived; the same command goes on from there.',
  examples: [
    ['messier import galaxy10 --to data/', '2.5 GB: 17,736 galaxies in ten classes'],
    ['messier import galaxy-mnist', '10,000 small pictures in four classes'],
    ['messier train galaxy10 --data data/galaxy10/Galaxy10_DECals.h5', 'what to do with it'],
  ],
  async run([name = ''], { to, mirror }, { signal, progress }) {
    const folder = to ?? join(messierHome(), 'data');
    const location = await importPublicSet(name, { folder, origin: mirror, signal, progress });
    return { data: { set: name, location }, text: `${location}\n\nLook at it  messier explore ${location}` };
  },
});
