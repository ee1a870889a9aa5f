// The list: a grid of which only the rows that are seen are in the page.
const list = find('list');
const BEYOND = 6;
let lines = [];
let active = 0;
let rowHeight = 60;
let drawn = 0;

const startList = (open) => {
  list.setAttribute('role', 'grid');
  list.setAttribute('aria-label', 'Findings');
  list.tabIndex = 0;
  list.append(make('div.space', { role: 'rowgroup' }));
  list.addEventListener('scroll', () => requestAnimationFrame(drawRows), { passive: true });
  new ResizeObserver(measure).observe(list);
  list.addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (row) choose(Number(row.dataset.line), open);
  });
  list.addEventListener('keydown', (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
    const step = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -lines.length, End: lines.length,
    }[event.key];
    if (step) {
      event.preventDefault();
      activate(active + step);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      choose(active, open);
    }
  });
};

const measure = () => {
  const row = getComputedStyle(list).getPropertyValue('--row');
  rowHeight = parseFloat(row) * parseFloat(getComputedStyle(root).fontSize);
  drawRows();
};

const showLines = (found) => {
  lines = linesOf(found);
  active = 0;
  list.scrollTop = 0;
  list.setAttribute('aria-rowcount', lines.length);
  drawRows();
};

const activate = (line) => {
  active = Math.max(0, Math.min(lines.length - 1, line));
  const top = active * rowHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + rowHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = top + rowHeight - list.clientHeight;
  }
  drawRows();
};

const choose = (line, open) => {
  active = line;
  const { at, name } = lines[line] || {};
  if (name !== undefined) {
    if (!folded.delete(name)) folded.add(name);
    const { scrollTop } = list;
    showLines(selected);
    active = line;
    list.scrollTop = scrollTop;
  } else if (at !== undefined) open(at);
  drawRows();
};

const drawRows = () => {
  const space = list.firstElementChild;
  const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - BEYOND);
  const last = Math.min(lines.length, Math.ceil((list.scrollTop + list.clientHeight) / rowHeight) + BEYOND);
  space.style.height = `${lines.length * rowHeight}px`;
  const rows = [];
  for (let line = first; line < last; line += 1) rows.push(drawRow(line));
  if (!lines.length) {
    rows.push(
      make('div', { role: 'row' }, make('div.empty', { role: 'gridcell' }, 'No finding fits. Take a filter away.')),
    );
    space.style.height = '6rem';
  }
  space.replaceChildren(...rows);
  drawn = rows.length;
  if (lines.length && active >= first && active < last) {
    list.setAttribute('aria-activedescendant', `line-${active}`);
  } else list.removeAttribute('aria-activedescendant');
};

const drawRow = (line) => {
  const { at, name, members } = lines[line];
  const row = make(
    'div.row',
    { role: 'row', id: `line-${line}`, 'aria-rowindex': line + 1, 'data-line': line },
    name === undefined ? cellsOf(findingAt(at)) : headOf(name, members),
  );
  row.style.top = `${line * rowHeight}px`;
  row.classList.toggle('active', line === active);
  if (name !== undefined) row.classList.add('head', ...(folded.has(name) ? ['folded'] : []));
  return row;
};

const statusOf = ([key, word]) => make(`span.status.${key}`, {}, icon(key), word);
const severityOf = (word) =>
  make(`span.severity.${word}`, {}, word.charAt(0).toUpperCase() + word.slice(1));

const headOf = (name, members) => [
  make('div', { role: 'gridcell' }, make('div.twist'), make('span.unseen', {}, folded.has(name) ? 'folded' : 'unfolded')),
  make('div.one', { role: 'gridcell', title: name }, name),
  make('div.two', { role: 'gridcell' }, counted(members.length, 'finding')),
];

// A message without what only machines need of a place: `properties.`, an arrow.
const plainly = (message) => message.replace(/(^|; )(?:-> |(?:properties\.)+)/g, '$1');

// An id in a message; its name says enough where there is little room.
const ID = /\/subscriptions\/[^\s,;]*\/([^\s,;/]+)/g;

// What is wrong. A count of what matches says little to who does not know the rule; why it matters
// says more.
const headlineOf = ({ status, message, rule }) => {
  if (status[0] === 'pass' || !message) return rule.title;
  if (status[0] === 'fail' && /\d of \d+ match\b/.test(message)) return rule.reason;
  const told = plainly(message);
  const short = told.replace(ID, '$1');
  // What begins with a word, and not with a name or a property, is a sentence.
  return told === message && /^[a-z]+ /.test(told) ? short[0].toUpperCase() + short.slice(1) : short;
};

const cellsOf = (finding) => {
  const { resource, rule } = finding;
  const where = resource.workspaces.length === 1 && resource.workspaces[0].id !== resource.id
    ? ` in ${resource.workspaces[0].name}` : '';
  const headline = headlineOf(finding);
  return [
    make('div', { role: 'gridcell' }, severityOf(finding.severity)),
    make(
      'div',
      { role: 'gridcell' },
      make('div.one', { title: headline }, headline),
      make('div.two', { title: `${rule.title} (${resource.id})` }, `${resource.name}${where} · ${rule.title}`),
    ),
    make(
      'div.marks',
      { role: 'gridcell' },
      statusOf(finding.status),
      make('span.rule-id', {}, rule.id, finding.waiver ? ' · waived' : '', finding.change && finding.change[0] !== 'unchanged' ? make('span.changed', {}, ` · ${finding.change[1].toLowerCase()}`) : ''),
    ),
  ];
};
