// The data: unpacked once; the evidence of findings in parts, each when it is asked for.
const unpack = async (text) => {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place += 1) bytes[place] = letters.charCodeAt(place);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
};

let data = null;
let parts = null;
const unpacked = new Map();

const loadData = async () => {
  data = await unpack(find('amlaudit-data').textContent);
};

// The evidence of one finding, and its id.
const evidenceOf = async (finding) => {
  parts ||= find('amlaudit-evidence').textContent.split('\n');
  const place = Math.floor(finding / data.part);
  if (!unpacked.has(place)) unpacked.set(place, unpack(parts[place]));
  const part = await unpacked.get(place);
  const row = finding % data.part;
  const text = (at) => (at < 0 ? '' : part.texts[at]);
  const looks = part.rows[row].map(([resource, path, expected, observed, seen, origin]) => ({
    resource: text(resource),
    path: text(path),
    expected: text(expected),
    observed: observed < 0 ? null : text(observed),
    seen: data.words.seen[seen],
    origin: origin < 0 ? null : part.origins[origin],
    source: origin < 0 ? '' : text(part.origins[origin][0]),
  }));
  return { id: part.ids[row], looks, more: part.more[row], policies: part.policies[row] || [] };
};

// One finding as its columns say.
const findingAt = (place) => {
  const { findings, rules, resources, texts, words, waivers } = data;
  const at = findings.resource[place];
  const text = (number) => (number < 0 ? '' : texts[number]);
  return {
    place,
    rule: rules[findings.rule[place]],
    status: words.statuses[findings.status[place]],
    severity: words.severities[rules[findings.rule[place]].severity],
    message: text(findings.text[place]),
    reason: findings.reason[place] < 0 ? '' : words.reasons[findings.reason[place]],
    permission: text(findings.permission[place]),
    subject: text(findings.subject[place]),
    change: findings.change[place] < 0 ? null : words.changes[findings.change[place]],
    since: text(findings.since[place]),
    waiver: findings.waiver[place] < 0 ? null : waivers[findings.waiver[place]],
    resource: {
      id: resources.id[at],
      name: resources.name[at],
      type: resources.types[resources.type[at]],
      location: resources.location[at],
      place: resources.place[at],
      workspaces: resources.workspaces[at].map((each) => data.workspaces[each]),
    },
  };
};

const groupOf = (id) => (/\/resourcegroups\/([^/]+)/i.exec(id) || ['', ''])[1];
const subscriptionOf = (id) => (/^\/subscriptions\/([^/]+)/i.exec(id) || ['', ''])[1];
// What a finding is linked by; its place among the others changes from scan to scan.
const keyOf = (finding) =>
  [finding.rule.id, finding.resource.id, finding.subject].filter(Boolean).join(' ');
