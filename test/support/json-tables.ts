/** The tables of docs/json.md, to compare with what programs print. */

/** A key of a table: what its values are, and what lies below it. */
interface Node {
  type: string;
  readonly keys: Map<string, Node>;
  /** Of a list. */
  item?: Node;
}

/** Tables by the slug of their heading. */
export type Tables = ReadonlyMap<string, Node>;

const fresh = (): Node => ({ type: '', keys: new Map() });

/** As GitHub makes anchors of headings. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');

/** The tables with a column `Key` and a column `Type`. */
export function readTables(markdown: string): Tables {
  const tables = new Map<string, Node>();
  let heading = '';
  let root: Node | undefined;
  for (const line of markdown.split('\n')) {
    const title = /^#+ (.*)/.exec(line)?.[1];
    if (title !== undefined) heading = slug(title);
    if (/^\| Key +\| Type/.test(line)) tables.set(heading, (root = fresh()));
    else if (!line.startsWith('|')) root = undefined;
    const [, key, type] = /^\| `([^`]+)` *\| ([^|]*?) *\|/.exec(line) ?? [];
    if (root && key !== undefined && type !== undefined) add(root, key, type);
  }
  return tables;
}

/** `bins[].from` lies below the items of `bins`. */
function add(root: Node, path: string, type: string): void {
  let node = root;
  for (const word of path.match(/\[\]|[^.[\]]+/g) ?? []) {
    let next = word === '[]' ? node.item : node.keys.get(word);
    next ??= fresh();
    if (word === '[]') node.item = next;
    else node.keys.set(word, next);
    node = next;
  }
  node.type = type;
}

/** Where a value and the table of that name differ; nothing where they agree. */
export function differences(value: unknown, table: string, tables: Tables): string[] {
  const node = tables.get(table);
  return node ? compare(value, node, table, tables) : [`no table "${table}"`];
}

function compare(value: unknown, node: Node, at: string, tables: Tables): string[] {
  const linked = /\]\(#([\w-]+)\)/.exec(node.type)?.[1];
  if (value === null) return / or null/.test(node.type) ? [] : [`${at} is null`];
  if (linked !== undefined) return differences(value, linked, tables).map((text) => `${at}: ${text}`);
  if (node.item) {
    const { item } = node;
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value.flatMap((one, index) => compare(one, item, `${at}[${index}]`, tables));
  }
  if (node.keys.size > 0) return compareKeys(value, node, at, tables);
  return isOf(value, node.type.replace(/, optional$| or null$/, '')) ? [] : [`${at} is no ${node.type}`];
}

function compareKeys(value: unknown, { keys }: Node, at: string, tables: Tables): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`];
  const [[first, free] = []] = keys;
  const isFree = first?.startsWith('<') === true;
  const found = Object.entries(value).flatMap(([key, one]) => {
    const node = isFree ? free : keys.get(key);
    return node ? compare(one, node, `${at}.${key}`, tables) : [`${at}.${key} is not documented`];
  });
  const absent = isFree ? [] : [...keys].filter(([key, { type }]) => !(key in value) && !type.endsWith(', optional'));
  return [...found, ...absent.map(([key]) => `${at}.${key} is documented and absent`)];
}

function isOf(value: unknown, type: string): boolean {
  const list = /^list(?:s)? of (.*)/.exec(type)?.[1];
  if (list !== undefined) return Array.isArray(value) && value.every((one) => isOf(one, list));
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === (type === 'text' ? 'string' : type);
}
