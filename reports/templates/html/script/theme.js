// Theme: follows the system until the reader chooses.
const system = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);

const startTheme = () => {
  const toggle = find('theme');
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
};
