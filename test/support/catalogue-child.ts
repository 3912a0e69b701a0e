/**
 * A process that adds to a catalogue, for tests that run several of them or kill one:
 * `node catalogue-child.ts <options as JSON> <name of the process> <batches> <items a batch>`. Every batch has items of its own and one that all
 * processes add. Prints `open`, then the number of each batch that was added, and `refused <code>` where it fails.
 */
import { MessierError } from '../../src/core/errors.js';
import { openCatalogue } from '../../src/catalogue/open.js';
import type { CatalogueOptions } from '../../src/catalogue/database.js';
import { newItem, newLabel } from './catalogue-items.js';

const [options = '{}', name = '', batches = '0', size = '0'] = process.argv.slice(2);
try {
  const catalogue = await openCatalogue(JSON.parse(options) as CatalogueOptions);
  console.log('open');
  for (let batch = 0; batch < Number(batches); batch++) {
    const own = Array.from({ length: Number(size) - 1 }, (_, index) =>
      newItem(`${name}-${batch}-${index}`, { source: name, labels: [newLabel(index % 2 === 0 ? 'comet' : 'star')] }),
    );
    await catalogue.add([...own, newItem(`shared-${batch}`, { source: name, labels: [newLabel('galaxy', { by: name })] })]);
    console.log(String(batch));
  }
  await catalogue.close();
} catch (error) {
  if (!(error instanceof MessierError)) throw error;
  console.log(`refused ${error.code}`);
}
