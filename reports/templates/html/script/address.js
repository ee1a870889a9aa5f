// The address: `#view`, `#view?query`, or the id of anything on the page. It is the only memory.
const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that somebody mistyped
  }
};

const readAddress = () => {
  const [target, query = ''] = location.hash.slice(1).split('?');
  return { target: decoded(target), query: new URLSearchParams(query) };
};

const writeAddress = (view, query) => {
  const text = query.toString();
  const fragment = `#${view}${text ? `?${text}` : ''}`;
  history.replaceState(null, '', fragment);
  find(`tab-${view}`).setAttribute('href', fragment); // who comes back finds what was left
};
