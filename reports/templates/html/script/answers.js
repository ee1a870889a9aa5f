// Answers to the checklist: given in the page, and kept nowhere but in the file that is saved.
const STATES = {
  not_verified: 'not answered', yes: 'yes', no: 'no', planned: 'planned',
  not_required: 'not required', not_applicable: 'not applicable',
};

const drawAnswer = (question) => {
  const { answer, text, owner, due, question: id } = question.dataset;
  const field = (label, key, control) => make('label', {}, `${label} `, Object.assign(control, { name: key }));
  const select = make('select', { 'aria-label': `Answer to ${id}` },
    Object.entries(STATES).map(([key, word]) => make('option', { value: key, selected: key === (answer || 'not_verified') }, word)));
  const later = make('div.later', {},
    field('Owner', 'owner', make('input', { value: owner || '' })),
    field('Due', 'due', make('input', { type: 'date', value: due || '' })));
  const form = question.querySelector('.answer-form');
  const show = () => { later.hidden = select.value !== 'planned'; };
  select.addEventListener('change', show);
  form.addEventListener('change', () => question.setAttribute('data-changed', ''));
  form.append(field('Answer', 'answer', select),
    field('Evidence, justification or plan', 'text', make('textarea', { rows: 2 }, text || '')), later);
  form.hidden = false;
  show();
};

// An answer as the file holds it: one that was not touched is kept as it was given.
const answerIn = (question) => {
  const told = question.dataset;
  const changed = 'changed' in told;
  const value = (name) => question.querySelector(`[name=${name}]`).value.trim();
  const answer = value('answer');
  const text = value('text');
  const reason = ['not_required', 'not_applicable'].includes(answer) ? 'justification' : 'evidence';
  const entry = { question: told.question, answer };
  if (text) entry[reason] = text;
  entry.answered_by = changed ? find('answerer').value.trim() : told.by;
  entry.answered_at = changed ? new Date().toISOString().replace(/\.\d+/, '') : told.at;
  entry.scan_id = changed ? find('answering').dataset.scan : told.scan;
  entry.facts = changed ? told.facts : told.givenFacts;
  if (answer === 'planned') Object.assign(entry, { owner: value('owner'), due: value('due') });
  return Object.fromEntries(Object.entries(entry).filter(([, each]) => each));
};

const saveAnswers = () => {
  const questions = all('.question');
  const changed = questions.filter((each) => 'changed' in each.dataset);
  if (changed.length && !find('answerer').value.trim()) {
    find('saved').textContent = 'Say who answers first.';
    find('answerer').focus();
    return;
  }
  const { workspace, age } = find('answering').dataset;
  const answers = questions.map(answerIn).filter((each) => each.answer !== 'not_verified');
  const file = { version: 1, template: 'go-live', workspace, max_answer_age_days: Number(age), answers };
  const address = URL.createObjectURL(new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: 'application/json' }));
  make('a', { href: address, download: `checklist.${workspace || 'report'}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  find('saved').textContent = `${counted(answers.length, 'answer')} saved`;
};

const startAnswers = () => {
  if (!find('answering')) return;
  all('.question').forEach(drawAnswer);
  find('save-answers').addEventListener('click', saveAnswers);
  find('answering').hidden = false;
};
