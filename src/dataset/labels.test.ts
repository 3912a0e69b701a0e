import { describe, expect, it } from 'vitest';
import { applyLabels, inferClasses } from './labels.js';

const item = (label: string | undefined, id = `${label}.png`) => ({ id, label });
const shapes = { classes: ['elliptical', 'spiral'], labels: { spiral_cw: 'spiral', spiral_acw: 'spiral', dont_know: null } };

describe('applyLabels', () => {
  it('maps, keeps, drops and sets aside', () => {
    const all = [item('spiral_acw'), item('dont_know'), item(undefined, 'x'), item('elliptical'), item('spiral')];
    const { items, dropped, unlabelled } = applyLabels(all, shapes);
    expect(items).toEqual([
      { id: 'spiral_acw.png', label: 'spiral', classIndex: 1 },
      { id: 'elliptical.png', label: 'elliptical', classIndex: 0 },
      { id: 'spiral.png', label: 'spiral', classIndex: 1 },
    ]);
    expect(dropped).toEqual([item('dont_know')]);
    expect(unlabelled).toEqual([item(undefined, 'x')]);
  });

  it('keeps what else an item has', () => {
    const [first] = applyLabels([{ id: 'a', label: 'spiral', group: 'M51', width: 7 }], shapes).items;
    expect(first).toEqual({ id: 'a', label: 'spiral', group: 'M51', width: 7, classIndex: 1 });
  });

  it('lets a mapping of a class win over its name', () => {
    const rule = { classes: ['a', 'b'], labels: { a: 'b', b: null } };
    expect(applyLabels([item('a')], rule).items[0]).toMatchObject({ label: 'b', classIndex: 1 });
    expect(applyLabels([item('b')], rule).dropped).toHaveLength(1);
  });

  it('lists unknown labels with counts, near names and what is known', () => {
    const all = [item('Spiral '), item('elipticall'), item('elipticall', 'two'), item('comet')];
    expect(() => applyLabels(all, shapes)).toThrow(
      expect.objectContaining({
        code: 'label/unknown',
        message:
          'Labels that mean nothing here: "elipticall" (2) (did you mean "elliptical"?), "Spiral " (1) (did you mean "spiral"?), "comet" (1). ' +
          'Known are the classes elliptical, spiral; labels spiral_cw -> spiral, spiral_acw -> spiral, dont_know -> dropped. ' +
          'Map a label to a class, or to null to drop it.',
      }),
    );
  });

  it('knows nothing of what every object has', () => {
    for (const label of ['constructor', '__proto__', 'toString']) {
      expect(() => applyLabels([item(label)], shapes)).toThrow(expect.objectContaining({ code: 'label/unknown' }));
    }
  });

  it('lists twenty and counts the rest', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `class ${String(i).padStart(5, '0')}`);
    const all = many.map((label) => item(label));
    expect(applyLabels(all, { classes: many, labels: {} }).items.at(-1)).toMatchObject({ classIndex: 9999 });
    const error = (() => {
      try {
        applyLabels(all, { classes: many.map((name) => `x${name}x`), labels: {} });
      } catch (thrown) {
        return String(thrown);
      }
      return '';
    })();
    expect(error.match(/and 9980 more/g)).toHaveLength(2);
    expect(error.length).toBeLessThan(6000);
  });

  it('refuses mappings to no class, chains and classes named twice', () => {
    const rule =
      (labels: Record<string, string>, classes = ['spiral', 'merger']) =>
      () =>
        applyLabels([], { classes, labels });
    expect(rule({ cw: 'spirals' })).toThrow(/"cw" means "spirals", which is none of the classes.*did you mean "spiral"/);
    expect(rule({ cw: 'acw', acw: 'spiral' })).toThrow(/not followed further/);
    expect(rule({}, ['a', 'b', 'a'])).toThrow(expect.objectContaining({ code: 'label/rule' }));
  });
});

describe('inferClasses', () => {
  const infer = (...labels: (string | undefined)[]) => inferClasses(labels.map((label) => item(label)));

  it('sorts names, and numbers by value', () => {
    expect(infer('spiral', undefined, 'edge_on', 'spiral', 'merger')).toEqual(['edge_on', 'merger', 'spiral']);
    expect(infer('10', '9', '0', '-1', '1.5')).toEqual(['-1', '0', '1.5', '9', '10']);
    expect(infer('10', '9', 'x')).toEqual(['10', '9', 'x']);
    expect(infer(undefined)).toEqual([]);
  });

  it('keeps the order of public sets', () => {
    expect(infer('Round Smooth', 'Edge-on with Bulge', 'Disturbed')).toEqual(['Disturbed', 'Round Smooth', 'Edge-on with Bulge']);
    expect(infer('unbarred_spiral', 'edge_on_disk', 'smooth_round')).toEqual(['smooth_round', 'edge_on_disk', 'unbarred_spiral']);
  });
});
