'use strict';
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);

  // Theme: follows the system until the reader chooses.
  const toggle = find('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
  const nameToggle = () => {
    toggle.textContent = isDark() ? 'Light theme' : 'Dark theme';
  };
  toggle.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    nameToggle();
  });
  system.addEventListener('change', nameToggle);
  nameToggle();
  toggle.hidden = false;

  // Filter: hides findings, and groups without any that are left.
  const panel = find('filter');
  const text = find('filter-text');
  const facets = ['status', 'severity', 'area'].map((name) => [name, find('filter-' + name)]);
  const groups = [...document.querySelectorAll('.group')].map((group) => ({
    group,
    tally: group.querySelector('.tally'),
    total: group.querySelector('.tally').textContent,
    rows: [...group.querySelectorAll('.finding')].map((row) => ({ row, words: '' })),
  }));
  const wordsOf = (entry) => {
    entry.words ||= entry.row.textContent.toLowerCase();
    return entry.words;
  };
  const number = (count) => count.toLocaleString('en');
  const apply = () => {
    const wanted = facets.filter(([, select]) => select.value);
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filtered = Boolean(wanted.length || words.length);
    let shown = 0;
    let all = 0;
    for (const { group, tally, total, rows } of groups) {
      let here = 0;
      for (const entry of rows) {
        const fits =
          wanted.every(([name, select]) => entry.row.dataset[name] === select.value) &&
          words.every((word) => wordsOf(entry).includes(word));
        entry.row.hidden = !fits;
        here += fits;
      }
      group.hidden = !here;
      tally.textContent = filtered ? `${number(here)} of ${total}` : total;
      if (filtered && here) group.open = true;
      shown += here;
      all += rows.length;
    }
    find('filter-count').textContent = filtered
      ? `${number(shown)} of ${number(all)} listed findings fit`
      : `${number(all)} listed`;
  };
  const reset = () => {
    text.value = '';
    for (const [, select] of facets) select.value = '';
    apply();
  };

  // A link to a finding opens it, whatever the filter hides.
  const reveal = () => {
    const target = find(location.hash.slice(1));
    if (!target) return;
    if (target.closest('.finding[hidden]')) reset();
    for (let each = target; each; each = each.parentElement) {
      if (each.tagName === 'DETAILS') each.open = true;
    }
    target.scrollIntoView();
  };
  window.addEventListener('hashchange', reveal);

  // Paper cannot be unfolded.
  let folded = [];
  window.addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    for (const each of folded) each.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const each of folded) each.open = false;
  });

  if (panel) {
    let pending = 0;
    text.addEventListener('input', () => {
      clearTimeout(pending);
      pending = setTimeout(apply, 120);
    });
    for (const [, select] of facets) select.addEventListener('change', apply);
    find('filter-reset').addEventListener('click', reset);
    panel.hidden = false;
    reset();
  }
  reveal();
})();
