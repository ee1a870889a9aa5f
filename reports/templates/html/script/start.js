// The start: views at once, findings as soon as they are unpacked, then whatever the address names.
const showFramework = startSwitch('framework', all('#controls .framework'), (value) => `framework-${value}`);
const showPicture = startSwitch('workspace', all('.picture'), (value) => value);

const follow = (first) => {
  const { target, query } = readAddress();
  const element = find(target) || views[0];
  const view = element.closest('.view') || views[0];
  showView(view);
  if (element.closest('.picture')) showPicture(element.closest('.picture').id);
  if (element.closest('.framework')) showFramework(element.closest('.framework').id);
  if (view.id === 'findings' && data) {
    recall(query);
    apply();
    measure();
    openNamed(!first);
  }
  if (element === view || element.matches('.picture')) scrollTo(0, 0);
  else element.scrollIntoView();
};

const start = async () => {
  startTheme();
  startViews();
  startPrinting();
  startAnswers();
  follow(true);
  window.addEventListener('hashchange', () => follow(false));
  if (!find('explorer')) return;
  try {
    await loadData();
    makeFacets();
  } catch {
    find('trouble').hidden = false;
    root.classList.remove('js');
    return;
  }
  find('explorer').hidden = false;
  startList(openFinding);
  startControls();
  follow(true);
  if (find('findings').hidden) selected = select();
  root.dataset.ready = performance.now().toFixed(0);
  setTimeout(makeHaystacks, 500);
};

start();
