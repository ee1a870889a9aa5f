// Controls of the list: words, sort, group, facets, chips; all of it stands in the address.
let selected = [];
let wait = 0;

const remember = () => {
  const query = new URLSearchParams();
  if (view.words) query.set('q', view.words);
  for (const [name, keys] of chosen) for (const key of keys) query.append(name, key);
  if (view.sort !== 'worst') query.set('sort', view.sort);
  if (view.group !== 'none') query.set('group', view.group);
  if (view.open) query.set('open', view.open);
  writeAddress('findings', query);
};

const recall = (query) => {
  chosen.clear();
  for (const facet of facets) {
    for (const key of query.getAll(facet.name)) toggleValue(facet.name, key, true);
  }
  view.words = query.get('q') || '';
  view.sort = query.get('sort') in SORTS ? query.get('sort') : 'worst';
  view.group = query.get('group') in GROUPS ? query.get('group') : 'none';
  view.open = query.get('open') || '';
  find('search').value = view.words;
  find('sort').value = view.sort;
  find('group').value = view.group;
};

const drawChips = () => {
  const chips = facets.flatMap((facet) =>
    [...(chosen.get(facet.name) || [])].map((key) => {
      const label = facet.values.find((value) => value.key === key)?.label || key;
      return make('button.chip', {
        type: 'button',
        'aria-label': `Take away the filter ${facet.title}: ${label}`,
        onclick: () => { toggleValue(facet.name, key, false); apply(); list.focus(); },
      }, `${facet.title}: ${label}`);
    }),
  );
  if (chips.length > 8) {
    const more = chips.length - 6;
    chips.splice(6, more, make('span.chip.clear-all', {}, `and ${number(more)} more`));
  }
  if (chips.length || view.words) {
    chips.push(make('button.chip.clear-all', { type: 'button', onclick: () => { chosen.clear(); view.words = ''; find('search').value = ''; apply(); list.focus(); } }, 'Show all'));
  }
  find('chips').replaceChildren(...chips);
};

const apply = () => {
  const began = performance.now();
  selected = select();
  showLines(selected);
  root.dataset.filtered = (performance.now() - began).toFixed(1);
  drawFacets(apply);
  drawChips();
  const total = data.findings.rule.length;
  find('counted').textContent = selected.length === total
    ? `${counted(total, 'finding')}`
    : `${number(selected.length)} of ${counted(total, 'finding')} fit`;
  remember();
};

const openNamed = (focus) => {
  if (!view.open) return;
  const at = data.findings.rule.findIndex((_, place) => keyOf(findingAt(place)) === view.open);
  if (at < 0) return;
  activate(lines.findIndex((line) => line.at === at));
  openFinding(at, { focus });
};

const startControls = () => {
  for (const [name, options] of [['sort', SORTS], ['group', GROUPS]]) {
    const dated = data.findings.since.some((each) => each >= 0);
    const kept = Object.entries(options).filter(([key]) => key !== 'newest' || dated);
    find(name).append(...kept.map(([key, [word]]) => make('option', { value: key }, word)));
    find(name).addEventListener('change', (event) => {
      view[name] = event.target.value;
      folded.clear();
      apply();
    });
  }
  find('search').addEventListener('input', () => {
    clearTimeout(wait);
    wait = setTimeout(() => { view.words = find('search').value.trim(); apply(); }, 80);
  });
  find('show-facets').addEventListener('click', (event) => {
    const on = find('facets').classList.toggle('shown');
    event.target.setAttribute('aria-expanded', on);
  });
  document.addEventListener('keydown', (event) => {
    if (find('findings').hidden) return;
    if (event.key === 'Escape') closeFinding();
    else if (event.key === '/' && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) {
      event.preventDefault();
      find('search').focus();
    }
  });
};
