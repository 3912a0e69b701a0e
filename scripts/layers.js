/**
 * The order of the folders of `src/`, earliest first. A file may import its own floor and the floors before it.
 * `.dependency-cruiser.js` turns this list into rules; folders in one array share a floor.
 *
 * @type {readonly (readonly string[])[]}
 */
export const floors = [
  ['core'],
  ['text'],
  ['sky'],
  ['onnx'],
  ['autodiff'],
  ['runtime'],
  ['nn'],
  ['votes'],
  ['models'],
  ['formats'],
  ['catalogue'],
  ['dataset'],
  ['collect'],
  ['evaluate'],
  ['train'],
  ['classical'],
  ['clean'],
  ['explain', 'stress', 'compress'],
  ['report'],
  ['recipes'],
  ['jobs'],
  ['server'],
  ['cli'],
];

/** Folders that run in a browser: they import one another, and nothing of Node's. */
export const portable = ['core', 'text', 'onnx', 'autodiff', 'nn', 'models', 'votes', 'sky', 'report'];
