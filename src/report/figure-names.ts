/** Figures as people read them, by their names in JSON. */
const names: Readonly<Record<string, string>> = {
  loss: 'loss',
  accuracy: 'accuracy',
  balancedAccuracy: 'balanced accuracy',
  macroF1: 'macro F1',
  macroPrecision: 'macro precision',
  macroRecall: 'macro recall',
  auc: 'ROC-AUC',
  rmse: 'RMSE',
  baseline: 'RMSE of the mean',
};

/** What a figure is called in a page; a name of none that is known stays as it is. */
export const figureName = (name: string): string => (Object.hasOwn(names, name) ? (names[name] ?? name) : name);
