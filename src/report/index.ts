/** Pages that people read: plain functions from figures to one self-contained HTML file, the same in Node and in a browser. */
export { comparePage, type CompareReport } from './compare-page.js';
export { crossValidationPage } from './cross-validation-page.js';
export { dataReportFigures, dataReportPage, type DataFigures } from './data-page.js';
export { ensemblePage } from './ensemble-page.js';
export { runReportPage } from './run-page.js';
export { studyPage, type StudyReport } from './study-page.js';
export { votesReportPage } from './votes-page.js';
export type {
  DataReport,
  Distribution,
  FeatureMaps,
  InputsReport,
  InputsRow,
  Mistake,
  PartCounts,
  RunReport,
  Thumbnail,
  VotedPicture,
  VotesReport,
} from './types.js';
