// The selection: which findings fit the words and the facets, in which order, in which groups.
const view = { words: '', sort: 'worst', group: 'none', open: '' };
const SORTS = {
  worst: ['Worst first', (at) => [data.findings.status[at], data.rules[data.findings.rule[at]].severity]],
  rule: ['Rule', (at) => [data.findings.rule[at], data.findings.status[at]]],
  resource: ['Resource', (at) => [data.findings.resource[at], data.findings.status[at]]],
  newest: ['Newest first', (at) => [-rankOfSince(at), data.findings.status[at]]],
};
const GROUPS = {
  none: ['Nothing', null],
  rule: ['Rule', (finding) => `${finding.rule.id} ${finding.rule.title}`],
  resource: ['Resource', (finding) => finding.resource.id],
  workspace: [
    'Workspace',
    (finding) =>
      finding.resource.workspaces.map((each) => each.name).join(', ') || 'No single workspace',
  ],
  status: ['Status', (finding) => finding.status[1]],
  severity: ['Severity', (finding) => finding.severity],
  area: ['Area', (finding) => finding.rule.area],
};

const orders = new Map();
let sinceRanks = null;
const rankOfSince = (at) => {
  if (!sinceRanks) {
    const dates = [...new Set(data.findings.since)].sort((one, two) =>
      (data.texts[one] || '') < (data.texts[two] || '') ? -1 : 1,
    );
    sinceRanks = new Map(dates.map((each, rank) => [each, rank]));
  }
  return sinceRanks.get(data.findings.since[at]);
};

// Every finding, in the order of a sort; made once. The order of the report breaks ties.
const orderBy = (sort) => {
  if (!orders.has(sort)) {
    const key = SORTS[sort][1];
    const keys = data.findings.rule.map((_, at) => key(at));
    const order = Uint32Array.from(keys.keys());
    order.sort((one, two) => keys[one][0] - keys[two][0] || keys[one][1] - keys[two][1] || one - two);
    orders.set(sort, order);
  }
  return orders.get(sort);
};

// What words are looked for in: each text once, lower case; made when somebody looks.
let haystacks = null;
const makeHaystacks = () => {
  const { rules, resources, texts } = data;
  haystacks ||= {
    rule: rules.map((each) => `${each.id} ${each.title} ${each.area} ${each.because}`.toLowerCase()),
    resource: resources.id.map((id, at) => {
      const names = resources.workspaces[at].map((each) => data.workspaces[each].name);
      return `${id} ${resources.name[at]} ${resources.location[at]} ${names.join(' ')}`.toLowerCase();
    }),
    text: texts.map((each) => each.toLowerCase()),
  };
};

const hits = (texts, word) => Uint8Array.from(texts, (text) => (text.includes(word) ? 1 : 0));

const testOfWord = (word) => {
  makeHaystacks();
  const { rule, resource, text } = data.findings;
  const inRule = hits(haystacks.rule, word);
  const inResource = hits(haystacks.resource, word);
  const inText = hits(haystacks.text, word);
  return (at) => inRule[rule[at]] || inResource[resource[at]] || inText[text[at]];
};

const testOfFacet = (facet) => {
  const on = Uint8Array.from(facet.values, (value) => (isChosen(facet, value.key) ? 1 : 0));
  if (facet.axis === 'finding') return (at) => on[facet.of[at]];
  const fits = Uint8Array.from(facet.of, (list) => (list.some((each) => on[each]) ? 1 : 0));
  const column = data.findings[facet.axis];
  return (at) => fits[column[at]];
};

// Returns the findings that fit, and counts for each facet what choosing a value would leave.
const select = () => {
  const words = view.words.toLowerCase().split(/\s+/).filter(Boolean).map(testOfWord);
  const active = facets.filter((facet) => chosen.has(facet.name));
  const tests = active.map(testOfFacet);
  const met = tally();
  const missed = active.map(() => tally());
  const found = [];
  for (const at of orderBy(view.sort)) {
    if (words.length && !words.every((test) => test(at))) continue;
    let misses = 0;
    let last = 0;
    for (let each = 0; each < tests.length && misses < 2; each += 1) {
      if (!tests[each](at)) {
        misses += 1;
        last = each;
      }
    }
    if (misses === 0) {
      found.push(at);
      met.add(at);
    } else if (misses === 1) missed[last].add(at);
  }
  for (const facet of facets.filter((each) => !each.hidden)) {
    facet.counts = new Uint32Array(facet.values.length);
    met.into(facet);
    const place = active.indexOf(facet);
    if (place >= 0) missed[place].into(facet);
  }
  return found;
};

// Counts findings by rule and by resource, from which those by the values of a facet follow.
const tally = () => {
  const { rule, resource } = data.findings;
  const counts = {
    rule: new Uint32Array(data.rules.length),
    resource: new Uint32Array(data.resources.id.length),
  };
  const places = [];
  return {
    add(at) {
      counts.rule[rule[at]] += 1;
      counts.resource[resource[at]] += 1;
      places.push(at);
    },
    into(facet) {
      if (facet.axis === 'finding') {
        for (const at of places) if (facet.of[at] >= 0) facet.counts[facet.of[at]] += 1;
        return;
      }
      const here = counts[facet.axis];
      for (let member = 0; member < here.length; member += 1) {
        if (here[member]) for (const value of facet.of[member]) facet.counts[value] += here[member];
      }
    },
  };
};

// The lines of the list: findings, and before each group its head.
const folded = new Set();
const linesOf = (found) => {
  const label = GROUPS[view.group][1];
  if (!label) return found.map((at) => ({ at }));
  const groups = new Map();
  for (const at of found) {
    const name = label(findingAt(at));
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(at);
  }
  return [...groups].flatMap(([name, members]) => [
    { name, members },
    ...(folded.has(name) ? [] : members.map((at) => ({ at }))),
  ]);
};
