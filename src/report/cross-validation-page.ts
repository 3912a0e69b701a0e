import { figure } from './format.js';
import { jsonBlock, markup } from './html.js';
import { renderPage } from './page.js';
import { table } from './table.js';

/** What the page of a cross-validation shows. */
export interface CrossValidationReport {
  readonly title: string;
  readonly figures: Readonly<Record<string, { readonly mean: number; readonly deviation: number }>>;
  readonly folds: readonly { readonly folder: string; readonly figures: Readonly<Record<string, number>> }[];
}

/** Mean and spread over the folds, and each of them. */
export function crossValidationPage({ title, figures, folds }: CrossValidationReport): string {
  const names = Object.keys(figures);
  const cards = names.map((name) => {
    const { mean, deviation } = figures[name] ?? { mean: NaN, deviation: NaN };
    return markup`<li><span class="name">${name}</span><span class="value">${figure(mean)}</span>
<span class="beside">± ${figure(deviation)} from fold to fold</span></li>\n`;
  });
  return renderPage({
    title,
    description: 'Each run was judged on a part that it had not seen; together the parts are all of the data.',
    opening: markup`<ul class="cards">${cards}</ul>`,
    sections: [
      {
        id: 'folds',
        title: 'Fold by fold',
        lead: 'Each has a report of its own.',
        body: table({
          caption: 'Folds',
          columns: ['fold', ...names],
          rows: folds.map(({ folder, figures: own }) => [folder, ...names.map((name) => figure(own[name]))]),
        }),
      },
    ],
    data: jsonBlock('cross-validation', { figures, folds }),
  });
}
