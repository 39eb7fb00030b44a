// Before the first paint: the scheme that was chosen here, if any; else the system's.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('dwal.theme');
  } catch {
    // Storage may be forbidden; then the system's scheme it is.
  }
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
})();
