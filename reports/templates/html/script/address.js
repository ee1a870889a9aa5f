// The address: `#view`, `#view?query`, or the id of anything on the page. It is the only memory.
const readAddress = () => {
  const [target, query = ''] = location.hash.slice(1).split('?');
  return { target: decodeURIComponent(target), query: new URLSearchParams(query) };
};

const writeAddress = (view, query) => {
  const text = query.toString();
  history.replaceState(null, '', `#${view}${text ? `?${text}` : ''}`);
};
