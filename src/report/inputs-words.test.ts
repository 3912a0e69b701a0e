import { describe, expect, it } from 'vitest';
import { inputsRow, leakageOf, textCases } from '../../test/support/report-cases-texts.js';
import { inputsInWords } from './inputs-words.js';
import type { InputsReport } from './types.js';

const said = (report: InputsReport): string => inputsInWords(report).join('\n').replaceAll('\u00A0', ' ');

describe('what words give away, in words', () => {
  const leaking = textCases['pictures and texts'].inputs;

  it('names the leak and the figure to believe: that of the network without those words', () => {
    expect(leaking.leakage.leaks).toBe(true);
    const text = said(leaking);
    expect(text).toMatch(/The labels leak: \d words? alone tells? the class of 100 % of 45 held-out texts/);
    expect(text).toContain(
      'believe the network learned and judged without the telling words (balanced accuracy 0.600 [0.550, 0.650])',
    );
    expect(text).toContain('not picture and text with all words (balanced accuracy 0.880 [0.830, 0.930])');
  });

  it('does not let what is left without those words pass for more than chance', () => {
    const { leakage, rows } = leaking;
    const [own] = rows;
    const chance = 'That is not shown to be more than the 0.333 of always the most frequent class.';
    expect(said(leaking)).not.toContain(chance);
    expect(said({ leakage, rows: [own!, inputsRow('both', 'learning', 0.36)] })).toContain(chance);
  });

  it('falls back on the network that was only judged without them', () => {
    const [own, judging] = leaking.rows;
    expect(said({ ...leaking, rows: [own!, judging!] })).toContain(
      'believe the network judged without the telling words, which it had learned from (balanced accuracy 0.480',
    );
  });

  it('believes the run where no words tell the label', () => {
    const report = textCases['texts alone'].inputs;
    expect(report.leakage.leaks).toBe(false);
    const text = said(report);
    expect(text).toContain('The labels do not follow from a few single words');
    expect(text).toContain('elieve text alone with all words (balanced accuracy 0.680 [0.630, 0.730])');
    expect(text).not.toContain('leak');
  });

  it('says whether pictures add to texts only where intervals are apart', () => {
    expect(said(leaking)).toContain('that the picture adds anything to the text is not shown');
    const rows = (both: number) => [
      inputsRow('both', 'nothing', both),
      inputsRow('image', 'nothing', 0.5),
      inputsRow('text', 'nothing', 0.7),
    ];
    expect(said({ ...leaking, rows: rows(0.9) })).toContain('the picture adds to the text');
    expect(said({ ...leaking, rows: rows(0.5) })).toContain('the picture beside the text does harm');
    expect(said({ leakage: leakageOf(2), rows: [] })).not.toContain('elieve');
  });

  it('says how much of the labels their keywords give back', () => {
    const report = { ...leaking, leakage: { ...leaking.leakage, keywords: { accuracy: 0.955, balancedAccuracy: 0.94 } } };
    expect(said(report)).toContain('looking for these in the texts gives 95.5 % of them back (balanced accuracy 0.940)');
  });
});
