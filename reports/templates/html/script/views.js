// Views: one at a time, chosen by tabs or by the address.
const views = all('.view');
const tabs = all('#tabs a');

const showView = (view) => {
  document.querySelector('.heading').classList.toggle('aside', view !== views[0]);
  for (const each of views) each.hidden = each !== view;
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${view.id}`;
    tab.setAttribute('aria-selected', chosen);
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen && tab.parentElement.scrollWidth > tab.parentElement.clientWidth) {
      tab.parentElement.scrollLeft = tab.offsetLeft - 40;
    }
  }
};

// Of several parts of a view only one is shown, as a select says.
const startSwitch = (selectId, parts, within) => {
  const select = find(selectId);
  const show = (id) => {
    for (const part of parts) {
      part.hidden = part.id !== id;
      if (part.id === id && part.tagName === 'DETAILS') part.open = true;
    }
  };
  if (!select) return show;
  select.addEventListener('change', () => show(within(select.value)));
  select.parentElement.hidden = false;
  show(within(select.value));
  return (id) => {
    const option = [...select.options].find((each) => within(each.value) === id);
    if (option) select.value = option.value;
    show(id);
  };
};

const startViews = () => {
  root.classList.add('js');
  find('tabs').setAttribute('role', 'tablist');
  for (const tab of tabs) {
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', tab.hash.slice(1));
  }
  for (const view of views) {
    view.setAttribute('role', 'tabpanel');
    view.setAttribute('aria-labelledby', `tab-${view.id}`);
  }
  find('tabs').addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = tabs.indexOf(document.activeElement) + step;
    const wrapped = Math.abs(step) === 1 ? (place + tabs.length) % tabs.length : place;
    const tab = tabs[Math.max(0, Math.min(tabs.length - 1, wrapped))];
    location.hash = tab.hash;
    tab.focus();
  });
  for (const link of all('a[data-filter]')) {
    link.setAttribute('href', `#findings?${link.dataset.filter}`);
  }
};
