import { floors, portable } from './scripts/layers.js';

/** @param {readonly string[]} folders */
const inside = (folders) => `^src/(${folders.join('|')})/`;
const unitTest = '[.]test[.]ts$';
const doors = '^src/(index|engine|data)[.]ts$';

/** One rule a floor: nothing in it imports a floor further down the list. */
const layers = floors.slice(0, -1).map((floor, at) => ({
  name: `layer-${floor.join('-')}`,
  comment: `A file of ${floor.join(', ')} imports its own floor and the floors before it (scripts/layers.js).`,
  severity: 'error',
  from: { path: inside(floor), pathNot: unitTest },
  to: { path: inside(floors.slice(at + 1).flat()) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layers,
    {
      name: 'known-folder',
      comment: 'Every file of src lies in a folder of scripts/layers.js; only index.ts, engine.ts and data.ts lie beside them.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: [inside(floors.flat()), doors] },
    },
    {
      name: 'known-folder-importing',
      comment: 'As known-folder, for a file that nothing imports.',
      severity: 'error',
      from: { path: '^src/', pathNot: [inside(floors.flat()), doors] },
      to: {},
    },
    {
      name: 'not-through-the-door',
      comment: 'index.ts, engine.ts and data.ts are for users of the package. Inside it, import the folder itself.',
      severity: 'error',
      from: { path: '^src/', pathNot: [unitTest, doors] },
      to: { path: doors },
    },
    {
      name: 'portable-no-node',
      comment: 'This folder runs in a browser: no node: module.',
      severity: 'error',
      from: { path: inside(portable), pathNot: unitTest },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'portable-no-native',
      comment: 'This folder runs in a browser: no package with native code.',
      severity: 'error',
      from: { path: inside(portable), pathNot: unitTest },
      to: { path: '(^|/)onnxruntime-node(/|$)' },
    },
    {
      name: 'portable-imports-portable',
      comment: 'This folder runs in a browser: it imports other folders that do, and only types of others.',
      severity: 'error',
      from: { path: inside(portable), pathNot: unitTest },
      to: { path: '^src/', pathNot: inside(portable), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circular',
      comment: 'Move what both files need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-imports-src',
      comment: 'Tests, benchmarks, examples and scripts import src, never the other way round.',
      severity: 'error',
      from: { path: '^src/', pathNot: unitTest },
      to: { path: ['^(test|bench|examples|scripts|dist)/', unitTest] },
    },
    {
      name: 'no-dev-dependency',
      comment: 'Users of the package do not get devDependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: unitTest },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'declared-dependency',
      comment: 'Every package imported is named in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'The imported file or package exists.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json', '.d.ts'],
    },
  },
};
