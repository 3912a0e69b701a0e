import { openCatalogue } from '../catalogue/open.js';
import { actions } from './catalogue-actions.js';
import { catalogueFlags, catalogueOptions, type ActionName, type CatalogueOptions } from './catalogue-options.js';
import { defineCommand, kebab, UsageError, type Output } from './command.js';

export const command = defineCommand({
  summary: 'Look into the catalogue of collected pictures, check it, and carry it elsewhere.',
  arguments: {
    '[action]': `show (unless told): items by class, datasets, where they lie
list [LOCATION]: a page of items
item ID|SOURCE/NAME|HASH: one item with everything that was said of it
dataset NAME --from LOCATION: name a selection, or add to it
copy DIR --from LOCATION: the pictures as files, a folder a class, with labels.csv
export DIR, import DIR: every table as CSV or Parquet, without loss
refusals [SOURCE]: what was left out, and why
verify: stored files that are missing, damaged or nobody's`,
    '[what]': 'as the action says',
  },
  options: catalogueOptions,
  details: `The catalogue is catalogue.sqlite in MESSIER_HOME, or the PostgreSQL database that DATABASE_URL names; files lie in blobs/ there, or in the folder or
S3 store that MESSIER_BLOBS names. LOCATION is catalogue:NAME?class=comet,star&source=nasa&review=accepted&text=dust+tail&since=2010&until=2020;
every part may be left out, and every command that takes data takes it.`,
  examples: [
    ['messier catalogue', 'what is there'],
    ['messier catalogue list "catalogue:?class=comet&text=tail"', 'comets whose texts speak of tails'],
    ['messier catalogue dataset bright --from "catalogue:?source=nasa&class=galaxy,nebula"', 'name a selection'],
    ['messier train pictures --data catalogue:bright', 'and train on it'],
    ['messier catalogue copy six/ --from catalogue:six', 'its pictures, for anybody'],
    ['messier catalogue export backup --format csv', 'every table as a file'],
    ['messier catalogue verify', 'read and check every stored file'],
  ],
  async run([name = 'show', what], given, context): Promise<Output> {
    if (!isAction(name)) throw new UsageError(`The actions are ${Object.keys(actions).join(', ')}; "${name}" received.`);
    for (const [flag, value] of Object.entries(given)) {
      const isGiven = value !== undefined && value !== false;
      if (isGiven && !catalogueFlags[name].includes(flag as keyof CatalogueOptions)) {
        const known = catalogueFlags[name].map((one) => `--${kebab(one)}`).join(', ');
        throw new UsageError(`"catalogue ${name}" takes ${known === '' ? 'no flags' : known}; --${kebab(flag)} received.`);
      }
    }
    const catalogue = await openCatalogue();
    try {
      return await actions[name](catalogue, what, given, context);
    } finally {
      await catalogue.close();
    }
  },
});

const isAction = (name: string): name is ActionName => Object.hasOwn(actions, name);
