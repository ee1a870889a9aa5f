// One finding: everything that is known of it, beside the list.
const pane = find('detail');
let shownFinding = -1;

const section = (title, ...children) =>
  children.flat().some(Boolean) ? [make('h4', {}, title), ...children.flat()] : [];
const items = (texts) => make('ul.plain', {}, texts.map((text) => make('li', {}, text)));
const link = (address, text) => make('a', { href: address, rel: 'noopener noreferrer', target: '_blank' }, text || address);

const copyButton = (text, label) =>
  make('button.button.small', {
    type: 'button',
    onclick: async (event) => {
      const { target } = event;
      const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
      target.textContent = done ? 'Copied' : 'Copying is not allowed here';
      setTimeout(() => { target.textContent = label; }, 2000);
    },
  }, label);

// Quoted for a shell, because a name may come from a hostile estate. A quotation ends before a name
// that needs quotes of its own, and goes on after it.
const quoted = (text, mark) =>
  (/^[\w@%+=:,./-]+$/.test(text) ? text : `${mark}'${text.replaceAll("'", `'"'"'`)}'${mark}`);
// What is read as one in a command: a comment, an option with a blank that the id may fill, a
// quotation, or a name to fill in.
const PART = /((?:^|(?<=\s))#.*)|(--(?:workspace|endpoint)-name)(\s+)<(?:workspace|endpoint)>|'[^']*'|"(?:[^"\\]|\\.)*"|\{(?:name|group|id)\}/gm;
const commandOf = ({ rule, resource }) => {
  const within = (pattern) => (pattern.exec(resource.id) || ['', ''])[1];
  const names = {
    name: resource.id.split('/').pop(),
    group: groupOf(resource.id),
    id: resource.id,
    '--workspace-name': within(/\/microsoft\.machinelearningservices\/workspaces\/([^/]+)\//i),
    '--endpoint-name': within(/\/(?:online|batch)endpoints\/([^/]+)\/[^/]+\/[^/]+$/i),
  };
  const filled = (part, mark) =>
    part.replace(/\{(name|group|id)\}/g, (_, key) => quoted(names[key], mark));
  return rule.command.replace(PART, (part, comment, option, space) => {
    if (option) return names[option] ? option + space + quoted(names[option], '') : part;
    return comment ? part : filled(part, part[0] === '{' ? '' : part[0]);
  });
};

const waiverFor = ({ rule, resource, subject }) => [
  '- id: W-000',
  `  rule: ${rule.id}`,
  `  scope: ${JSON.stringify(resource.id)}`,
  `  subject: ${JSON.stringify(subject || '*')}`,
  '  kind: accepted_risk  # or mitigated, false_positive, planned_fix',
  '  reason: ""',
  '  owner: ""',
  '  expires: ""',
].join('\n');

const drawLook = (look, finding) =>
  make(
    'li',
    {},
    make('code', {}, look.path),
    look.resource === finding.resource.id ? '' : make('span.on', {}, 'of ', make('code', {}, look.resource)),
    make(
      'dl.against',
      {},
      look.expected ? [make('dt', {}, 'Expected'), make('dd', {}, look.expected)] : '',
      make('dt', {}, 'Actual'),
      make('dd', {}, look.observed === null ? '' : make('code', {}, look.observed), ` (${look.seen})`),
    ),
    make(
      'span.on',
      {},
      look.origin
        ? `${look.source}${look.origin[1] ? `, API version ${look.origin[1]}` : ''}, read ${look.origin[2]} UTC`
        : 'where it was read is not recorded',
    ),
  );

const drawEvidence = (evidence, finding) => {
  if (!evidence.looks.length) {
    const none = finding.status[0] === 'manual' ? 'None: this is a question that only people can answer.' : 'None was recorded: there was nothing to look at.';
    return section('Evidence', make('p.soft', {}, none));
  }
  return section(
    'Expected and actual',
    make('ul.looks', {}, evidence.looks.map((look) => drawLook(look, finding))),
    evidence.more ? make('p.soft', {}, `${counted(evidence.more, 'more thing')} looked at, in the JSON report.`) : '',
  );
};

const drawFix = (finding) => {
  const { rule } = finding;
  if (!['fail', 'manual'].includes(finding.status[0])) return [];
  const command = commandOf(finding);
  return section(
    'Fix',
    rule.portal ? make('p', {}, rule.portal) : '',
    make('pre', {}, make('code', {}, command)),
    make('div.tags', {}, copyButton(command, 'Copy'), make('span.tag', {}, data.words.fixes[rule.change]), rule.irreversible ? make('span.tag.danger', {}, icon('incomplete'), 'Cannot be undone') : ''),
    rule.note ? make('p', {}, rule.note) : '',
    rule.declared.map(([language, text]) => make('details.more', {},
      make('summary', {}, `As code: ${language}`), make('pre', {}, make('code', {}, text)), copyButton(text, 'Copy'))),
  );
};

const drawWaiver = (finding) => {
  const { waiver } = finding;
  if (waiver) {
    return section(
      `Waived by ${waiver.id} until ${waiver.expires}`,
      make('p', {}, `${waiver.kind}: ${waiver.reason}`),
      make('p.soft', {}, `Owner ${waiver.owner}${waiver.approved_by ? `, approved by ${waiver.approved_by}` : ''}${waiver.ticket ? `, ${waiver.ticket}` : ''}. It stays a fail.`),
    );
  }
  if (finding.status[0] !== 'fail') return [];
  const snippet = waiverFor(finding);
  return [make('details.more', {}, make('summary', {}, 'Waive it for a while'), make('pre', {}, make('code', {}, snippet)), copyButton(snippet, 'Copy'))];
};

const drawPolicies = ({ policies }, finding) => {
  if (!policies.length) return [];
  const differs = data.findings.policy[finding.place] === 0;
  return section(
    'What Azure Policy says',
    ...policies.flatMap(([definition, assignment, effect, found, at, scope, details]) => [
      make('p', {}, `${found}: policy ${definition}${effect ? `, effect ${effect}` : ''}, assigned by ${assignment.split('/').pop()}${scope ? ` to ${scope.split('/').pop() || 'the tenant'}` : ''}${at ? `, evaluated ${at}` : ''}`),
      details.length ? make('ul.inner', {}, details.map((each) => make('li', {}, each))) : '',
    ]),
    differs ? make('p', {}, 'It comes to another verdict. It is context, and changes none.') : '',
  );
};

const drawHistory = (finding) =>
  section(
    'Since the last report',
    finding.change ? make('p', {}, finding.change[1]) : '',
    finding.since ? make('p.soft', {}, `First seen so ${finding.since} UTC`) : '',
  );

const drawRest = (finding, id) => {
  const { rule, resource } = finding;
  return [
    ...section('Frameworks', Object.entries(rule.mappings).length
      ? items(Object.entries(rule.mappings).map(([name, ids]) => `${data.words.frameworks[name] || name}: ${ids.join(', ')}`)) : ''),
    ...section('Settings', rule.parameters.length
      ? items(rule.parameters.map(([name, meaning, value]) => `${name} is ${value}: ${meaning}`)) : ''),
    ...section('Sources', make('ul.plain', {}, rule.sources.map(([address, safe]) => make('li', {}, safe ? link(address) : address)))),
    ...section(
      'Resource',
      make('p', {}, make('code', {}, resource.id), resource.location ? ` in ${resource.location}` : ''),
      resource.place ? make('p', {}, 'Declared at ', make('code', {}, resource.place)) : '',
      data.portal && resource.id.startsWith('/subscriptions/')
        ? make('p', {}, link(data.portal + encodeURI(resource.id), 'Open in the portal')) : '',
    ),
    ...section('Reference', make('p', {}, 'Rule ', make('a', { href: `#rule-${rule.id.replace(/[^\w-]/g, '-')}` }, rule.id), ', finding ', make('code', {}, id))),
  ];
};

const drawFinding = (finding, evidence, close) => {
  const { rule, resource, status } = finding;
  const others = resource.workspaces.filter((each) => each.id !== resource.id).map((each) => each.name);
  pane.replaceChildren(
    make('div.head-line', {}, severityOf(finding.severity), statusOf(status), make('span.rule-id', {}, rule.id),
      make('button.button.small', { type: 'button', onclick: close }, 'Close')),
    make('h3', { tabindex: -1, id: 'detail-title' }, rule.title),
    make('p.soft', {}, make('code', {}, resource.name), others.length ? ` · ${others.join(', ')}` : ''),
    make(`p.found.${status[0]}`, {}, finding.message || status[1],
      finding.reason ? make('span.on', {}, `${finding.reason}.`, finding.permission ? [' Missing permission: ', make('code', {}, finding.permission)] : '') : ''),
    ...drawEvidence(evidence, finding),
    ...section('Why it matters', make('p', {}, rule.because), make('p.soft', {}, `Rated ${finding.severity}: ${rule.reason}`)),
    ...drawFix(finding),
    ...drawWaiver(finding),
    ...drawPolicies(evidence, finding),
    ...drawHistory(finding),
    ...drawRest(finding, evidence.id),
  );
};

const openFinding = async (at, { focus = true } = {}) => {
  const finding = findingAt(at);
  shownFinding = at;
  view.open = keyOf(finding);
  remember();
  const evidence = await evidenceOf(at);
  if (shownFinding !== at) return;
  drawFinding(finding, evidence, closeFinding);
  pane.hidden = false;
  pane.parentElement.classList.add('with-detail');
  pane.scrollTop = 0;
  if (focus) find('detail-title').focus();
};

const closeFinding = () => {
  if (pane.hidden) return;
  pane.hidden = true;
  pane.parentElement.classList.remove('with-detail');
  shownFinding = -1;
  view.open = '';
  remember();
  list.focus();
};
