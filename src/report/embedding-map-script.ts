/** What makes the map answer to pointer, touch and keyboard. Without it the drawing stays as it is. */
import type { PageScript } from './page.js';

const text = `'use strict';
(() => {
  const { side, columns, width, height, points } = JSON.parse(document.getElementById('map-points').textContent);
  const board = document.getElementById('board');
  const svg = board.querySelector('svg');
  const here = svg.querySelector('.here');
  const seen = document.getElementById('seen');
  const frame = seen.querySelector('div');
  const sprite = seen.querySelector('img');
  const caption = seen.querySelector('figcaption');
  const hidden = new Set();
  const zoomed = 3;
  let view = { x: 0, y: 0, scale: 1 };
  let current = -1;
  const hint = caption.textContent;
  seen.hidden = false;
  frame.style.width = frame.style.height = side * zoomed + 'px';
  sprite.style.transformOrigin = '0 0';

  const show = (at) => {
    current = at;
    frame.hidden = at < 0;
    here.setAttribute('visibility', at < 0 ? 'hidden' : 'visible');
    if (at < 0) return caption.replaceChildren(hint);
    const [x, y, , label, id, title] = points[at];
    here.setAttribute('cx', x);
    here.setAttribute('cy', y);
    const left = (at % columns) * side, top = Math.floor(at / columns) * side;
    sprite.style.transform = 'scale(' + zoomed + ') translate(' + -left + 'px,' + -top + 'px)';
    const name = document.createElement('b');
    name.textContent = label === '' ? '(no label)' : label;
    caption.replaceChildren(name, ...[title, id].filter(Boolean).map((line) => {
      const span = document.createElement('span');
      span.className = 'clip';
      span.textContent = line;
      return span;
    }));
  };

  const look = () => {
    const most = 1 - 1 / view.scale;
    view.x = Math.min(Math.max(view.x, 0), width * most);
    view.y = Math.min(Math.max(view.y, 0), height * most);
    svg.setAttribute('viewBox', [view.x, view.y, width / view.scale, height / view.scale].join(' '));
    svg.style.touchAction = view.scale > 1 ? 'none' : 'pan-y';
    here.setAttribute('r', 8 / view.scale);
  };
  const zoom = (factor, x = view.x + width / view.scale / 2, y = view.y + height / view.scale / 2) => {
    const scale = Math.min(Math.max(view.scale * factor, 1), 32);
    const share = view.scale / scale;
    view = { scale, x: x - (x - view.x) * share, y: y - (y - view.y) * share };
    look();
  };
  const spot = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const nearest = (allowed, distance) => {
    let best = -1, least = Infinity;
    points.forEach(([x, y, kind], at) => {
      if (hidden.has(kind) || !allowed(x, y, at)) return;
      const far = distance(x, y);
      if (far < least) [best, least] = [at, far];
    });
    return best;
  };

  let drag;
  const point = (event) => {
    const { x, y } = spot(event);
    const reach = 24 / view.scale;
    show(nearest((a, b) => Math.hypot(a - x, b - y) < reach, (a, b) => Math.hypot(a - x, b - y)));
  };
  svg.addEventListener('pointerdown', (event) => {
    point(event);
    if (view.scale > 1) drag = { id: event.pointerId, ...{ x: event.clientX, y: event.clientY } };
  });
  svg.addEventListener('pointermove', (event) => {
    if (!drag || drag.id !== event.pointerId) return point(event);
    const unit = width / view.scale / svg.clientWidth;
    view.x -= (event.clientX - drag.x) * unit;
    view.y -= (event.clientY - drag.y) * unit;
    drag.x = event.clientX;
    drag.y = event.clientY;
    look();
  });
  addEventListener('pointerup', () => (drag = undefined));
  addEventListener('pointercancel', () => (drag = undefined));
  svg.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && document.activeElement !== svg && show(-1));
  svg.addEventListener('dblclick', (event) => zoom(2, spot(event).x, spot(event).y));
  svg.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 200), spot(event).x, spot(event).y);
  }, { passive: false });

  const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const start = () => {
    const [x, y] = [view.x + width / view.scale / 2, view.y + height / view.scale / 2];
    show(nearest(() => true, (a, b) => Math.hypot(a - x, b - y)));
  };
  svg.addEventListener('keydown', (event) => {
    const turn = turns[event.key];
    if (turn && !event.altKey && !event.ctrlKey && !event.metaKey) {
      if (current < 0) start();
      else {
        const [x, y] = points[current];
        const along = (a, b) => (a - x) * turn[0] + (b - y) * turn[1];
        const aside = (a, b) => Math.abs((a - x) * turn[1]) + Math.abs((b - y) * turn[0]);
        const next = nearest(
          (a, b, at) => at !== current && along(a, b) > 0 && aside(a, b) <= along(a, b),
          (a, b) => along(a, b) + 2 * aside(a, b),
        );
        if (next >= 0) show(next);
      }
      const [x, y] = points[current] ?? [0, 0];
      const outside = x < view.x || y < view.y || x > view.x + width / view.scale || y > view.y + height / view.scale;
      if (outside) {
        view.x = x - width / view.scale / 2;
        view.y = y - height / view.scale / 2;
        look();
      }
    } else if (event.key === '+' || event.key === '=') zoom(1.5);
    else if (event.key === '-') zoom(1 / 1.5);
    else if (event.key === '0') zoom(0);
    else if (event.key === 'Escape') show(-1);
    else return;
    event.preventDefault();
  });
  svg.addEventListener('focus', () => svg.matches(':focus-visible') && current < 0 && start());
  svg.addEventListener('blur', () => show(-1));
  svg.setAttribute('tabindex', '0');
  svg.setAttribute('role', 'application');

  const button = (act, ...content) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.append(...content);
    made.addEventListener('click', act);
    return made;
  };
  for (const entry of document.querySelectorAll('#kinds span')) {
    const kind = Number(entry.dataset.kind);
    const made = button(() => {
      const off = !hidden.delete(kind);
      if (off) hidden.add(kind);
      made.setAttribute('aria-pressed', String(!off));
      for (const path of svg.querySelectorAll('path')) if (Number(path.dataset.kind) === kind) path.toggleAttribute('hidden', off);
      if (current >= 0 && hidden.has(points[current][2])) show(-1);
    }, ...entry.childNodes);
    made.setAttribute('aria-pressed', 'true');
    entry.replaceWith(made);
  }
  const tools = document.getElementById('tools');
  tools.append(button(() => zoom(1.5), 'Zoom in'), button(() => zoom(1 / 1.5), 'Zoom out'), button(() => zoom(0), 'Whole map'));
  tools.hidden = false;
})();
`;

export const mapScript: PageScript = { text, hash: 'GLN1S5nAWNy2Y5XOGPg15BOrm6GRXBBorFp3LYdoN5s=' };
