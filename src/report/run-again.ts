import { markup, type Markup } from './html.js';
import type { RunReport } from './types.js';

/** What is needed to run it again. */
export function runAgain({ facts, recipe }: Pick<RunReport, 'facts' | 'recipe'>): Markup {
  const command = facts.find(([name]) => name.toLowerCase() === 'command');
  const others = facts.filter((fact) => fact !== command);
  return markup`${command ? markup`<pre class="command"><code>${command[1]}</code></pre>` : undefined}
<table class="facts"><tbody>${others.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)}</tbody></table>
${recipe === '' ? undefined : markup`<h3>recipe.yaml</h3><pre tabindex="0" aria-label="recipe.yaml"><code>${recipe}</code></pre>`}`;
}
