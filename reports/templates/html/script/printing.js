// Paper: it cannot be unfolded or scrolled, so all is opened and the list is written out.
const MAX_PRINTED = 2000;

const printedRow = (at) => {
  const finding = findingAt(at);
  const { severity, rule, resource, status } = finding;
  return make('tr', {}, make('td', {}, severityOf(severity)), make('td', {}, statusOf(status)), make('td', {}, rule.id),
    make('th', { scope: 'row' }, make('code', {}, resource.name)), make('td', {}, headlineOf(finding)));
};

const printedList = () => {
  const left = selected.length - MAX_PRINTED;
  const heads = ['Severity', 'Status', 'Rule', 'Resource', 'What was found'];
  return [
    make('h3', {}, `${counted(selected.length, 'finding')} of ${number(data.findings.rule.length)}`),
    left > 0 ? make('p', {}, `The first ${number(MAX_PRINTED)} are printed; ${number(left)} more are in the file.`) : '',
    make('table', {}, make('thead', {}, make('tr', {}, heads.map((word) => make('th', { scope: 'col' }, word)))),
      make('tbody', {}, selected.slice(0, MAX_PRINTED).map(printedRow))),
  ];
};

const startPrinting = () => {
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = all('details:not([open])');
    for (const each of closed) each.open = true;
    if (!data || !find('print-list')) return;
    find('print-list').replaceChildren(...printedList());
    root.classList.add('filled');
  });
  window.addEventListener('afterprint', () => {
    for (const each of closed) each.open = false;
    find('print-list')?.replaceChildren();
    root.classList.remove('filled');
  });
};
