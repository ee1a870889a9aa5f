// Facets: what findings can be narrowed by. A facet has its values on rules, on resources or on
// findings; `of` gives the numbers of its values at each of those.
let facets = [];
const chosen = new Map();

const isChosen = (facet, key) => Boolean(chosen.get(facet.name)?.has(key));

const toggleValue = (name, key, on) => {
  const keys = chosen.get(name) || new Set();
  if (on) keys.add(key);
  else keys.delete(key);
  if (keys.size) chosen.set(name, keys);
  else chosen.delete(name);
};

// Makes a facet over rules or resources. What `seed` returns for a member decides on its values,
// which `pairs` gives as [key, label]; members of one seed share them.
const facetOver = (name, title, axis, members, seed, pairs) => {
  const places = new Map();
  const values = [];
  const known = new Map();
  const numberOf = ([key, label]) => {
    if (!places.has(key)) {
      places.set(key, values.length);
      values.push({ key, label: label || key });
    }
    return places.get(key);
  };
  const of = members.map((member, at) => {
    const each = seed(member, at);
    if (!known.has(each)) known.set(each, pairs(each, at).filter(([key]) => key).map(numberOf));
    return known.get(each);
  });
  return { name, title, axis, values, of };
};

const facetOfFindings = (name, title, column, pairs) => ({
  name,
  title,
  axis: 'finding',
  values: pairs.map(([key, label]) => ({ key, label })),
  of: column,
});

const titled = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const makeFacets = () => {
  const { findings, rules, resources, workspaces, words } = data;
  const ids = resources.id;
  const joined = resources.workspaces.map((each) => each.join(' '));
  const around = (at) => resources.workspaces[at].map((each) => workspaces[each]);
  const itself = (key) => [[key, key]];
  facets = [
    facetOfFindings('status', 'Status', findings.status, words.statuses),
    facetOver('severity', 'Severity', 'rule', rules, (rule) => rule.severity, (each) =>
      [[words.severities[each], titled(words.severities[each])]]),
    facetOver('area', 'Area', 'rule', rules, (rule) => rule.area, (area) => [[area, titled(area)]]),
    facetOver('workspace', 'Workspace', 'resource', joined, (each) => each, (_, at) =>
      around(at).map((each) => [each.id, each.name])),
    facetOver('environment', 'Environment', 'resource', joined, (each) => each, (_, at) =>
      [...new Set(around(at).map((each) => each.environment))].flatMap(itself)),
    facetOver('subscription', 'Subscription', 'resource', ids, subscriptionOf, itself),
    facetOver('type', 'Resource type', 'resource', resources.type, (each) => each, (each) =>
      [[resources.types[each], resources.types[each].split('/').slice(1).join('/')]]),
    facetOver('rule', 'Rule', 'rule', rules, (rule) => rule.id, (id, at) =>
      [[id, `${id} ${rules[at].title}`]]),
    facetOver('framework', 'Framework', 'rule', rules, (_, at) => at, (at) =>
      Object.keys(rules[at].mappings).map((key) => [key, words.frameworks[key] || key])),
    facetOfFindings('waiver', 'Waiver',
      findings.waiver.map((each, at) => (findings.status[at] ? -1 : Number(each < 0))),
      [['waived', 'Waived fails'], ['open', 'Fails without a waiver']]),
    facetOfFindings('change', 'Since the last report', findings.change, words.changes),
    facetOfFindings('policy', 'Azure Policy', findings.policy,
      [['disputed', 'Comes to another verdict'], ['same', 'Does not disagree']]),
    facetOfFindings('reason', 'Why unknown', findings.reason, words.reasons.map((word) => [word, word])),
    {
      name: 'resource', title: 'Resource', axis: 'resource', hidden: true,
      values: ids.map((key, at) => ({ key, label: resources.name[at] })),
      of: ids.map((_, at) => [at]),
    },
  ];
};

// Draws the facets: values by number of findings, those that are chosen always among them.
const MAX_VALUES = 40;
const drawFacets = (change) => {
  const open = new Set(all('details[open]', find('facets')).map((each) => each.dataset.name));
  const first = find('facets').childElementCount === 0;
  const focused = document.activeElement?.id;
  find('facets').replaceChildren(
    ...facets
      .filter((facet) => !facet.hidden && facet.counts.some(Boolean))
      .map((facet, at) => drawFacet(facet, first ? at < 3 : open.has(facet.name), change)),
  );
  if (focused?.startsWith('value-')) find(focused)?.focus();
};

const drawFacet = (facet, isOpen, change) => {
  const ranked = facet.values
    .map((value, at) => ({ ...value, at, count: facet.counts[at], on: isChosen(facet, value.key) }))
    .filter((value) => value.count || value.on);
  const fixed = ['status', 'severity', 'change', 'waiver'].includes(facet.name);
  if (!fixed) ranked.sort((one, two) => two.on - one.on || two.count - one.count || one.at - two.at);
  else if (facet.name === 'severity') {
    const order = data.words.severities;
    ranked.sort((one, two) => order.indexOf(one.key) - order.indexOf(two.key));
  }
  const picked = ranked.filter((value) => value.on).length;
  const left = ranked.length - MAX_VALUES;
  return make(
    'details',
    { open: isOpen, 'data-name': facet.name },
    make('summary', {}, facet.title, picked ? make('span.tally', {}, ` ${picked}`) : ''),
    make(
      'ul',
      { 'aria-label': facet.title },
      ranked.slice(0, MAX_VALUES).map((value) => drawValue(facet, value, change)),
      left > 0 ? make('li.soft', {}, `${number(left)} more: search for them`) : '',
    ),
  );
};

const drawValue = (facet, value, change) =>
  make(
    'li',
    {},
    make(
      'label',
      { class: value.count ? null : 'none' },
      make('input', {
        type: 'checkbox',
        id: `value-${facet.name}-${value.at}`,
        checked: value.on,
        onchange: (event) => {
          toggleValue(facet.name, value.key, event.target.checked);
          change();
        },
      }),
      make('span', {}, value.label),
      make('span.n', {}, number(value.count)),
    ),
  );
